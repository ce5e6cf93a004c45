/** Credentials as a person types them. */
type PanelLogin = { readonly username: string; readonly password: string }

type PanelKind = 'live' | 'movie' | 'series'

/**
 * The address of an Xtream panel in the one form that sources keep:
 * `http://host/player_api.php?username=u&password=p`. It may be written as `xtream://u:p@host`
 * (`xtreams://` for TLS), with the login in front of the host, or as any of the panel's own links.
 *
 * @param login in place of one in the address
 * @returns `undefined` without a login
 */
export function panelAddress(written: URL, login = loginIn(written)): URL | undefined {
  if (login === undefined || login.username === '' || login.password === '') return undefined
  const scheme = { 'xtream:': 'http:', 'xtreams:': 'https:' }[written.protocol] ?? written.protocol
  const folder = written.pathname.replace(/[^/]*\.php$/i, '').replace(/\/*$/, '/')
  const url = new URL(`${scheme}//${written.host}${folder}player_api.php`)
  url.search = `username=${encodeURIComponent(login.username)}&password=${encodeURIComponent(login.password)}`
  return url
}

/** The login in the query, or in front of the host. */
export function loginIn(written: URL): PanelLogin | undefined {
  const [username, password] = [written.searchParams.get('username'), written.searchParams.get('password')]
  if (username && password) return { username, password }
  return written.username === '' ? undefined : { username: plain(written.username), password: plain(written.password) }
}

/** Another file of the panel with the same login, such as `xmltv.php`. */
export function panelFile(address: string, file: string, parameters: Readonly<Record<string, string>> = {}): string {
  const url = new URL(address)
  url.pathname = url.pathname.replace(/[^/]*$/, file)
  for (const [name, value] of Object.entries(parameters)) url.search += `&${name}=${encodeURIComponent(value)}`
  return url.href
}

/** Where the panel plays something: `http://host/live/u/p/7.ts`. */
export function panelStream(address: string, kind: PanelKind): (id: number, extension: string) => string {
  const url = new URL(address)
  const [, user = '', password = ''] = /username=([^&]*)&password=([^&]*)/.exec(url.search) ?? []
  const folder = `${url.origin}${url.pathname.replace(/[^/]*$/, '')}${kind}/${user}/${password}/`
  return (id, extension) => `${folder}${id}.${extension}`
}

function plain(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
