import { createHash } from 'node:crypto'
import { sealSecrets } from '@kptv/addresses'
import type { Source } from '@kptv/config'

/**
 * A hash of everything that decides which list a source sends and which entries are taken. "Not
 * modified" is an answer to the same request only. Credentials are left out: a stored hash could be
 * searched for them.
 */
export function askedWith({
  url,
  secrets,
  userAgent,
  listHeaders = [],
  epgUrl,
  charset,
  filters,
  kinds,
}: Source): string {
  const fields = listHeaders.map(([name, value]) => [name, sealSecrets(value, secrets)])
  const question = [
    sealSecrets(url, secrets),
    userAgent,
    fields,
    sealSecrets(epgUrl ?? '', secrets),
    filters,
    charset,
    kinds,
  ]
  return createHash('sha256').update(JSON.stringify(question)).digest('hex').slice(0, 16)
}
