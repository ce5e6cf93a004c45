import { createHmac, pbkdf2Sync } from 'node:crypto'
import { openSecrets, readSealed, remember } from '@kptv/addresses'
import type { Source } from './parse-sources.ts'

type Sealed = { readonly url: string; readonly headers: ReadonlyArray<readonly [name: string, value: string]> }
type Keyed = Pick<Source, 'url' | 'secrets'>

/**
 * Redis is read by people, so the key is made slow to guess for somebody who has a mark. It is made
 * once per source.
 */
const KEY_ROUNDS = 20_000
const MARK_DIGITS = 16
const MAX_REMEMBERED_HOSTS = 1_000

/**
 * The mark that binds placeholders of a source's secrets to the host of the address they stand in.
 * Only who has the secrets can make one, so somebody who can write to Redis cannot have them sent
 * to another host. Addresses at the source's own host need no mark.
 */
export function sealMark(source: Keyed, address: string): string {
  const host = URL.parse(address)?.host ?? ''
  const isForeign = host !== '' && host !== new URL(source.url).host
  return isForeign && source.secrets.length > 0 ? marksOf(source.secrets)(host) : ''
}

/**
 * A stream with its secrets put back. Placeholders that were sealed for another host stay closed.
 */
export function openStream({ url, headers }: Sealed, source: Keyed): Sealed {
  const mark = sealMark(source, readSealed(url, source.secrets))
  const open = (text: string) => openSecrets(text, source.secrets, mark)
  return { url: open(url), headers: headers.map(([name, value]) => [name, open(value)] as const) }
}

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
