import { SHORT_SECRET_LENGTH } from './source-secrets.ts'

/**
 * Replaces each secret by `{secret-1}`, `{secret-2}` … (its place in the list), so that the text
 * can be stored and shown. With a `mark` they are `{secret-1.mark}`: {@link openSecrets} opens them
 * for the same mark alone.
 *
 * Foreign text that already looks like a placeholder is made harmless (`{secret-` becomes
 * `%7Bsecret-`). Otherwise a hostile playlist could write `http://elsewhere/{secret-2}` and be sent
 * the password.
 */
export function sealSecrets(text: string, secrets: readonly string[], mark = ''): string {
  const { places, pattern } = sealOf(secrets)
  const end = mark === '' ? '}' : `.${mark}}`
  return text.replace(pattern, (match) => {
    const place = places.get(match)
    return place === undefined ? '%7Bsecret-' : `{secret-${place}${end}`
  })
}

/** Replaces each secret by `…` for good: for text that people read and no program opens. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  const { places, pattern } = sealOf(secrets)
  return text.replace(pattern, (match) => (places.has(match) ? '…' : match))
}

/** Whether a text has, or seems to have, a placeholder of {@link sealSecrets}. */
export function holdsSealed(text: string): boolean {
  return text.includes(PLACEHOLDER)
}

/** The text without its placeholders: what it shows to those who cannot open it. */
export function withoutSealed(text: string): string {
  return holdsSealed(text) ? text.replace(PLACEHOLDERS, '') : text
}

/**
 * The reverse of {@link sealSecrets} with the same list and mark. A placeholder with another mark,
 * or without a secret, stays as it is.
 */
export function openSecrets(text: string, secrets: readonly string[], mark = ''): string {
  return openWhere(text, secrets, (found) => found === mark)
}

/** The content of a sealed text, with any mark: for decisions about it, never to be sent. */
export function readSealed(text: string, secrets: readonly string[]): string {
  return openWhere(text, secrets, () => true)
}

function openWhere(text: string, secrets: readonly string[], isOpened: (mark: string) => boolean): string {
  return text.replace(PLACEHOLDERS, (placeholder: string, place: string, mark: string = '') =>
    isOpened(mark) ? (secrets[Number(place) - 1] ?? placeholder) : placeholder,
  )
}

const PLACEHOLDER = '{secret-'
const PLACEHOLDERS = /\{secret-(\d{1,4})(?:\.([0-9a-f]{16}))?\}/g

type Seal = { readonly places: ReadonlyMap<string, number>; readonly pattern: RegExp }

// One list of secrets is applied to hundreds of thousands of entries.
const seals = new WeakMap<readonly string[], Seal>()

function sealOf(secrets: readonly string[]): Seal {
  const known = seals.get(secrets)
  if (known !== undefined) return known
  const places = new Map(secrets.map((secret, index) => [secret, index + 1] as const).reverse())
  const longestFirst = [...places.keys()].filter((secret) => secret !== '').sort((a, b) => b.length - a.length)
  const pattern = new RegExp([...longestFirst.map(secretPattern), escapeForRegExp(PLACEHOLDER)].join('|'), 'gu')
  const seal = { places, pattern }
  seals.set(secrets, seal)
  return seal
}

function secretPattern(secret: string): string {
  const literal = escapeForRegExp(secret)
  return secret.length < SHORT_SECRET_LENGTH ? `(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])` : literal
}

function escapeForRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
