import { createHash } from 'node:crypto'
import { sealSecrets } from '@kptv/addresses'
import type { Source } from '@kptv/config'

/**
 * A hash of all that decides what list comes from a source and what is taken of it. "Not modified" is an answer only to the same question.
 * Credentials are left out: a hash that is stored could be searched for them.
 */
export function askedWith({ url, secrets, userAgent, listHeaders = [], epgUrl, filters }: Source): string {
  const fields = listHeaders.map(([name, value]) => [name, sealSecrets(value, secrets)])
  const question = [sealSecrets(url, secrets), userAgent, fields, sealSecrets(epgUrl ?? '', secrets), filters]
  return createHash('sha256').update(JSON.stringify(question)).digest('hex').slice(0, 16)
}
