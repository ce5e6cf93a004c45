import { createHmac, pbkdf2Sync } from 'node:crypto'
import { openSecrets, readSealed, remember } from '@kptv/addresses'
import type { Source } from './parse-sources.ts'

type Sealed = { readonly url: string; readonly headers: ReadonlyArray<readonly [name: string, value: string]> }
type Keyed = Pick<Source, 'url' | 'secrets'>

/**
 * People can read Redis, so the key must be slow to guess from a mark. It is derived once per
 * source.
 */
const KEY_ROUNDS = 20_000
const MARK_DIGITS = 16
const MAX_REMEMBERED_HOSTS = 1_000

/**
 * The mark that binds placeholders of a source's secrets to the host of the address they stand in.
 * It takes the secrets to make one, so write access to Redis is not enough to have them sent to
 * another host. Addresses at the source's own host need no mark.
 */
export function sealMark(source: Keyed, address: string): string {
  const host = URL.parse(address)?.host ?? ''
  const isForeign = host !== '' && host !== new URL(source.url).host
  return isForeign && source.secrets.length > 0 ? marksOf(source.secrets)(host) : ''
}

/**
 * A stream with its secrets put back, for one of the source's logins. Placeholders that were sealed
 * for another host stay sealed.
 */
export function openStream({ url, headers }: Sealed, source: Keyed, login: Pick<Keyed, 'secrets'> = source): Sealed {
  const mark = sealMark(source, readSealed(url, source.secrets))
  const open = (text: string) => openSecrets(text, login.secrets, mark)
  // The host may hold a user's name too: it is the same for all logins.
  const origin = ORIGIN.exec(openSecrets(url, source.secrets, mark))?.[0] ?? ''
  const opened = open(url).replace(ORIGIN, () => origin)
  return { url: opened, headers: headers.map(([name, value]) => [name, open(value)] as const) }
}

const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i

const marks = new WeakMap<readonly string[], (host: string) => string>()

function marksOf(secrets: readonly string[]): (host: string) => string {
  const known = marks.get(secrets)
  if (known !== undefined) return known
  const key = pbkdf2Sync(JSON.stringify(secrets), 'kptv placeholder', KEY_ROUNDS, 32, 'sha256')
  const markOf = remember(MAX_REMEMBERED_HOSTS, (host) =>
    createHmac('sha256', key).update(host).digest('hex').slice(0, MARK_DIGITS),
  )
  marks.set(secrets, markOf)
  return markOf
}
