import { findSecrets } from '@kptv/addresses'
import type { SourceHeaders } from './parse-sources.ts'

// Fields that describe a program, not its user. Any other may hold a key.
const HARMLESS = /^(?:accept|accept-language|cache-control|origin|pragma|referer|user-agent|x-requested-with)$/i
const SHORTEST_SECRET = 4

/**
 * The secrets in the header fields of a source: whole values, and the parts of logins and cookies
 * that may turn up alone. Of harmless fields, only the credentials of addresses in them.
 */
export function findHeaderSecrets(headers: SourceHeaders): string[] {
  const found = headers.flatMap(([name, value]) =>
    HARMLESS.test(name) ? findSecrets(value) : [value, ...partsOf(value)],
  )
  return [...new Set(found.filter((secret) => secret.length >= SHORTEST_SECRET))]
}

function partsOf(value: string): string[] {
  const [, scheme = '', rest = ''] = /^(\w+) +(\S.*)$/.exec(value) ?? []
  const login = /^basic$/i.test(scheme) ? Buffer.from(rest, 'base64').toString().split(':') : []
  const cookies = value
    .split(';')
    .flatMap((pair) => (pair.includes('=') ? [pair.slice(pair.indexOf('=') + 1).trim()] : []))
  return [rest, ...login, ...cookies]
}
