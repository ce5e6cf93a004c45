import { loginInPath } from './login-in-path.ts'

// Names of query parameters in the address of a source. Entries are judged by a shorter list (isCredentialKey of @kptv/playlist), where `u` or `p`
// may be anything; a test of the worker holds the two together.
const CREDENTIAL_KEY =
  /^(user(_?name)?|usr|u|login|account|e?mail|pass(word|wd)?|pwd|pw|p|pin|mac|((api|access|auth|private)[_-]?)?(key|token)|auth(orization)?|secret|sig(nature)?|hash|sid|session(_?id)?)$/i
const PASSWORD_KEY = /^(pass(word|wd)?|pwd|pw|pin)$/i

// A long segment that mixes letters and digits is a token, whatever the provider calls it.
const TOKEN_SEGMENT = /^(?=[^/]*\d)(?=[^/]*[a-z])[\w~%-]{20,}$/i

// Shorter ones are hidden only where they stand alone, or a user called "tv" would cut words apart.
const SHORT_SECRET_LENGTH = 6
// A password "1" must not blot out the number of each channel.
const SHORTEST_PASSWORD_LENGTH = 4

/** What tells one customer of a provider from another, as it is written in the address. */
type LoginParts = { readonly user: string; readonly passwords: readonly string[]; readonly all: readonly string[] }

/** The credentials of an address in the order user, password, tokens; percent-encoded as they stand there. */
export function findLogin(url: URL): LoginParts {
  const [pathUser = '', pathPassword = ''] = loginInPath(url.pathname) ?? []
  const query = queryPairs(url)
  const found = [url.username, url.password, pathUser, pathPassword]
  for (const { key, value } of query) if (CREDENTIAL_KEY.test(key)) found.push(value)
  for (const segment of url.pathname.split('/')) if (TOKEN_SEGMENT.test(segment)) found.push(segment)
  const all = [...new Set(found.filter((part) => part !== ''))]
  // `p` alone may be the number of a page.
  const hasShortUser = query.some(({ key }) => /^u$/i.test(key))
  const isPassword = (key: string) => PASSWORD_KEY.test(key) || (hasShortUser && /^p$/i.test(key))
  const inQuery = query.filter(({ key }) => isPassword(key)).map(({ value }) => value)
  const passwords = [url.password, pathPassword, ...inQuery].filter((part) => part !== '')
  return { user: all[0] ?? '', passwords, all }
}

/** The query as it is written: `URLSearchParams` would decode it, and what was written is what must be found again. */
export function queryPairs(url: URL): Array<{ key: string; value: string }> {
  const pairs = url.search.slice(1).split('&')
  return pairs
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=')
      return equals < 0 ? { key: pair, value: '' } : { key: pair.slice(0, equals), value: pair.slice(equals + 1) }
    })
}

export function isCredentialKey(key: string): boolean {
  return CREDENTIAL_KEY.test(key)
}

/**
 * All texts that must not leave this process for a provider's address: user, password, tokens, each as it is written and in its
 * other usual spellings (decoded, percent-encoded). An address that cannot be read has none.
 *
 * The order is fixed (as written first, other spellings after), because a sealed text refers to the place in this list.
 */
export function findSecrets(url: string): string[] {
  if (!URL.canParse(url)) return []
  const written = findLogin(new URL(url)).all
  return [...new Set([...written, ...written.flatMap(otherSpellings)])]
}

/**
 * Those of {@link findSecrets} that are looked for in plain words too, such as names of channels: passwords of four or more characters,
 * and whatever has six. A user called "news" must not blot out the word.
 */
export function findSecretsInWords(url: string): string[] {
  if (!URL.canParse(url)) return []
  const { all, passwords } = findLogin(new URL(url))
  const written = all.filter(
    (secret) => decode(secret).length >= (passwords.includes(secret) ? SHORTEST_PASSWORD_LENGTH : SHORT_SECRET_LENGTH),
  )
  return [...new Set([...written, ...written.flatMap(otherSpellings)])]
}

function otherSpellings(secret: string): string[] {
  const plain = decode(secret)
  const encoded = encodeURIComponent(plain)
  return [
    plain,
    encoded,
    encoded.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    encoded.replaceAll('%20', '+'),
  ]
}

/**
 * Replaces each secret by `{secret-1}`, `{secret-2}` … (its place in the list), so that the text can be stored and shown.
 *
 * Foreign text that already looks like a placeholder is made harmless (`{secret-` becomes `%7Bsecret-`): otherwise a hostile
 * playlist could write `http://elsewhere/{secret-2}` and be sent the password.
 */
export function sealSecrets(text: string, secrets: readonly string[]): string {
  const { places, pattern } = sealOf(secrets)
  return text.replace(pattern, (match) => {
    const place = places.get(match)
    return place === undefined ? '%7Bsecret-' : `{secret-${place}}`
  })
}

/** Puts `…` in the place of each secret, for ever: for text that people read and no program opens. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  const { places, pattern } = sealOf(secrets)
  return text.replace(pattern, (match) => (places.has(match) ? '…' : match))
}

/** Whether a text has, or pretends to have, a placeholder of {@link sealSecrets}. */
export function holdsSealed(text: string): boolean {
  return text.includes(PLACEHOLDER)
}

/** The text without its placeholders: what it shows to those who cannot open it. */
export function withoutSealed(text: string): string {
  return holdsSealed(text) ? text.replace(PLACEHOLDERS, '') : text
}

/** The reverse of {@link sealSecrets} with the same list. A placeholder without a secret stays as it is. */
export function openSecrets(text: string, secrets: readonly string[]): string {
  return text.replace(PLACEHOLDERS, (placeholder, place) => secrets[Number(place) - 1] ?? placeholder)
}

const PLACEHOLDER = '{secret-'
const PLACEHOLDERS = /\{secret-(\d{1,4})\}/g

type Seal = { readonly places: ReadonlyMap<string, number>; readonly pattern: RegExp }

// One list of secrets meets hundreds of thousands of entries.
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

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
