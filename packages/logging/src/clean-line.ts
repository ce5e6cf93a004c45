import { matchSecrets } from './secret-forms.ts'

/** Max length of a line in bytes, line end included; log collectors split or drop longer lines. */
export const MAX_LINE_BYTES = 8_192

/**
 * The last step before a line is written: removes known secrets and the private parts of addresses
 * wherever they occur (message, field, key, nested error, stack), shortens the line, and keeps it
 * one line of valid JSON.
 */
export function createLineCleaner(options: {
  readonly secrets: readonly string[] | (() => readonly string[])
  readonly redactUrl: (url: string) => string
}): (line: string) => string {
  const { secrets: given } = options
  const currentSecrets = typeof given === 'function' ? given : () => given
  let known: readonly string[] | undefined
  let secrets: RegExp | undefined
  // Addresses first: without a secret in it, the rest of an address might not be recognised.
  const redactAddress = (url: string): string =>
    url.startsWith('file:') ? url : JSON.stringify(options.redactUrl(url)).slice(1, -1)

  return (line) => {
    const current = currentSecrets()
    if (current !== known) [known, secrets] = [current, matchSecrets(current)]
    const withoutAddresses = line.replace(ADDRESS, redactAddress)
    const withoutSecrets = secrets === undefined ? withoutAddresses : withoutAddresses.replace(secrets, '***')
    return shorten(withoutSecrets.trimEnd().replace(INVISIBLE, escapeCharacter))
  }
}

/** In JSON text. Escaped quotes and backslashes belong to the address, escaped line ends do not. */
const ADDRESS = /[a-z][a-z0-9+.-]{0,15}:(?:\/\/|\\\/\\\/)(?:[^\s"\\<>]|\\[^nrt])+/gi

/**
 * Characters that JSON leaves as they are, but a terminal obeys: DEL, C1 controls, line separators,
 * direction overrides and other formatting.
 */
const INVISIBLE = /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu

function escapeCharacter(character: string): string {
  const units = character.split('').map((unit) => unit.charCodeAt(0).toString(16).padStart(4, '0'))
  return units.map((hex) => `\\u${hex}`).join('')
}

function shorten(line: string): string {
  for (const longest of [2_000, 500, 100]) {
    if (Buffer.byteLength(line) < MAX_LINE_BYTES) return `${line}\n`
    const fields = JSON.parse(line) as unknown
    line = JSON.stringify({ ...(cutStrings(fields, longest) as object), shortened: true }).replace(
      INVISIBLE,
      escapeCharacter,
    )
  }
  if (Buffer.byteLength(line) < MAX_LINE_BYTES) return `${line}\n`
  const { level, time, msg } = JSON.parse(line) as Record<string, unknown>
  return `${JSON.stringify({ level, time, msg, shortened: true })}\n`
}

function cutStrings(value: unknown, longest: number): unknown {
  if (typeof value === 'string') return value.length > longest ? `${value.slice(0, longest).toWellFormed()}…` : value
  if (Array.isArray(value)) return value.slice(0, longest).map((item) => cutStrings(item, longest))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key.slice(0, 100), cutStrings(item, longest)]))
}
