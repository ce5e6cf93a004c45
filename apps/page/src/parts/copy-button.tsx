import { useState } from 'preact/hooks'
import { words } from '../words/words.ts'
import { Icon } from './icon.tsx'

const SHOWN_MS = 2_000

/** Browsers offer the clipboard on secure origins only; elsewhere a selected field does it. */
export function CopyButton({ text, label }: { readonly text: string; readonly label?: string }) {
  const { players } = words.value
  const [isCopied, setCopied] = useState(false)
  const copy = async (): Promise<void> => {
    await copyText(text)
    setCopied(true)
    setTimeout(() => setCopied(false), SHOWN_MS)
  }
  return (
    <button type="button" class="button" onClick={() => void copy()}>
      <Icon name={isCopied ? 'check' : 'copy'} />
      <span aria-live="polite">{isCopied ? players.copied : (label ?? players.copy)}</span>
    </button>
  )
}

async function copyText(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text)
  const field = document.createElement('textarea')
  field.value = text
  document.body.append(field)
  field.select()
  document.execCommand('copy')
  field.remove()
}
