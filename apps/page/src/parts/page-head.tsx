import type { ComponentChildren } from 'preact'
import { words } from '../words/words.ts'
import { Preferences } from './preferences.tsx'

type HeadLink = { readonly address: string; readonly text: string; readonly badge?: string | undefined }

type PageHeadProps = {
  readonly links: readonly HeadLink[]
  /** Address of the screen that is shown. */
  readonly current: string
  readonly children?: ComponentChildren
}

/** The bar on top of every screen. */
export function PageHead({ links, current, children }: PageHeadProps) {
  return (
    <>
      <button type="button" class="skip-link" onClick={focusContent}>
        {words.value.parts.skip}
      </button>
      <header class="head">
        <a class="brand" href="#/">
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <rect x="1" y="2" width="14" height="10" rx="1.5" />
            <path class="brand-play" d="M6.5 4.5v5l4-2.5z" />
            <path class="brand-stand" d="M5 14h6" />
          </svg>
          KPTV
        </a>
        <nav aria-label="KPTV">
          {links.map(({ address, text, badge }) => (
            <a key={address} href={address} aria-current={address === current ? 'page' : undefined}>
              {text}
              {badge && <span class="badge">{badge}</span>}
            </a>
          ))}
        </nav>
        {children}
        <Preferences />
      </header>
    </>
  )
}

/** A link could not do it: the address after `#` names a screen. */
function focusContent(): void {
  document.getElementById('content')?.focus()
}
