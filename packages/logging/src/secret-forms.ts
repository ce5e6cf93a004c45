const SHORTEST_SECRET = 4

/**
 * One expression that finds the secrets in a line of JSON, in each form in which they travel:
 * plain, escaped by JSON, percent-encoded (wholly or where needed, either case), as a form field,
 * and inside base64 of any alignment, as in a Basic login. Undefined if there is nothing to find.
 * Secrets below four characters would match everywhere.
 */
export function matchSecrets(secrets: readonly string[]): RegExp | undefined {
  const forms = secrets.filter((secret) => secret.length >= SHORTEST_SECRET).flatMap(formsOf)
  const distinct = [...new Set(forms)].sort((first, second) => second.length - first.length)
  return distinct.length === 0 ? undefined : new RegExp(distinct.map(escapeForRegExp).join('|'), 'g')
}

function formsOf(secret: string): string[] {
  const encoded = encodeURIComponent(secret.toWellFormed())
  const strict = encoded.replace(/[!'()*]/g, (character) => percent(Buffer.from(character)))
  const formEncoded = new URLSearchParams({ '': secret }).toString().slice(1)
  const asIs = [secret, encoded, strict, formEncoded, percent(Buffer.from(secret))]
  const texts = [...asIs, ...asIs.map(lowerCaseEscapes), ...encodeBase64Forms(secret), ...encodeBase64Forms(encoded)]
  return texts.flatMap((text) => [text, JSON.stringify(text).slice(1, -1)])
}

function percent(bytes: Buffer): string {
  return [...bytes].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
}

function lowerCaseEscapes(text: string): string {
  return text.replace(/%[0-9A-F]{2}/g, (octet) => octet.toLowerCase())
}

/**
 * Base64 of a longer text holds the secret's own characters only where they do not share a group
 * with its neighbours; for each of the three alignments that core does not depend on the
 * surrounding text.
 */
function encodeBase64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret)
  const cores = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    const shared = (offset + bytes.length) % 3
    return encoded.slice(offset === 0 ? 0 : offset + 1, shared === 0 ? undefined : -1)
  })
  const safe = cores.filter((core) => core.length >= SHORTEST_SECRET)
  return [...safe, ...safe.map((core) => core.replaceAll('+', '-').replaceAll('/', '_'))]
}

function escapeForRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
