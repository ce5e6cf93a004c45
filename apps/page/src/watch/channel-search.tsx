import { useEffect, useRef } from 'preact/hooks'
import { Icon } from '../parts/icon.tsx'
import { replaceRoute } from '../parts/navigation.ts'
import { addressOf } from '../parts/route.ts'
import { words } from '../words/words.ts'
import { listQuery } from './channel-list.ts'

/** A word is typed in less, so a search is one request. */
const PAUSE_MS = 250

/** Searches while one types; `/` jumps to it. */
export function ChannelSearch() {
  const { list } = words.value
  const { q, group } = listQuery.value
  const input = useRef<HTMLInputElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => {
    const jump = (event: KeyboardEvent): void => {
      if (event.key !== '/' || event.target !== document.body) return
      event.preventDefault()
      input.current?.focus()
    }
    addEventListener('keydown', jump)
    return () => removeEventListener('keydown', jump)
  }, [])
  useEffect(() => {
    if (input.current !== null && document.activeElement !== input.current) input.current.value = q
  }, [q])
  const search = (text: string): void => replaceRoute(addressOf('channels', { q: text.trim(), group }))
  return (
    <search>
      <form
        class="search"
        onSubmit={(event) => {
          event.preventDefault()
          search(input.current?.value ?? '')
        }}
      >
        <Icon name="search" />
        <input
          ref={input}
          type="search"
          aria-label={list.search}
          placeholder={list.search}
          defaultValue={q}
          maxLength={100}
          onInput={(event) => {
            const { value } = event.currentTarget
            clearTimeout(timer.current)
            timer.current = setTimeout(() => search(value), PAUSE_MS)
          }}
        />
      </form>
    </search>
  )
}
