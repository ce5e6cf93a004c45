/** A screen of the page and what it shows, as in the address after `#/`. */
type Route = { readonly screen: string; readonly values: Readonly<Record<string, string>> }

/** `#/channels?q=news&page=2` */
export function parseRoute(hash: string): Route {
  const [screen = '', query = ''] = hash.replace(/^#\/?/, '').split('?')
  return { screen, values: Object.fromEntries(new URLSearchParams(query)) }
}

/** Values that are empty are left out. */
export function addressOf(screen: string, values: Readonly<Record<string, string | number | undefined>> = {}): string {
  const given = Object.entries(values).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  )
  const query = new URLSearchParams(given).toString()
  return `#/${screen}${query === '' ? '' : `?${query}`}`
}
