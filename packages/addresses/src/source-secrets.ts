import { decoded, findSourceLogin } from './source-login.ts'

/**
 * Shorter secrets are hidden only where they stand alone, or a user called "tv" would cut words
 * apart.
 */
export const SHORT_SECRET_LENGTH = 6
// A password "1" must not hide the number of each channel.
const MIN_PASSWORD_LENGTH = 4

/**
 * All secrets in a provider's address: user, password, tokens, each as written and in its other
 * usual spellings (decoded, percent-encoded). An address that cannot be read has none.
 *
 * The order is fixed (as written first, other spellings after), because a sealed text refers to the
 * place in this list.
 */
export function findSecrets(url: string): string[] {
  if (!URL.canParse(url)) return []
  const written = findSourceLogin(new URL(url)).all
  return [...new Set([...written, ...written.flatMap(otherSpellings)])]
}

/**
 * The secrets of {@link findSecrets} that are also searched for in plain words, such as names of
 * channels: passwords of four or more characters, and any other secret of six. A user called "news"
 * must not hide the word.
 */
export function findSecretsInWords(url: string): string[] {
  if (!URL.canParse(url)) return []
  const { all, passwords } = findSourceLogin(new URL(url))
  const written = all.filter(
    (secret) => decoded(secret).length >= (passwords.includes(secret) ? MIN_PASSWORD_LENGTH : SHORT_SECRET_LENGTH),
  )
  return [...new Set([...written, ...written.flatMap(otherSpellings)])]
}

function otherSpellings(secret: string): string[] {
  const plain = decoded(secret)
  const encoded = encodeURIComponent(plain)
  return [
    plain,
    encoded,
    encoded.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    encoded.replaceAll('%20', '+'),
  ]
}
