import { signal } from '@preact/signals'
import { parseRoute } from './route.ts'

/** The screen that the address names. */
export const route = signal(parseRoute(location.hash))

addEventListener('hashchange', () => {
  route.value = parseRoute(location.hash)
})

/** Shows another screen without an entry in the history of the browser. */
export function replaceRoute(address: string): void {
  history.replaceState(null, '', address)
  route.value = parseRoute(address)
}
