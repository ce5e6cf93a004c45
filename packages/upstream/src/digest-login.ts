import { createHash, randomBytes } from 'node:crypto'

export type Login = { readonly user: string; readonly password: string }

/** The challenge of a server (RFC 7616 section 3.3). */
export type DigestChallenge = {
  readonly realm: string
  readonly nonce: string
  readonly opaque: string | undefined
  /** As the server wrote it; undefined: MD5. */
  readonly algorithm: string | undefined
  /** False for servers of RFC 2069. */
  readonly hasQop: boolean
}

const HASHES: Readonly<Record<string, string>> = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' }

/** The first of the challenges in a `WWW-Authenticate` field that we can answer. */
export function readDigestChallenge(field: string | undefined): DigestChallenge | undefined {
  const challenges = (field ?? '').slice(0, 8_192).split(/(?:^|[\s,])Digest\s+/i)
  return challenges
    .slice(1)
    .map(readChallenge)
    .find((challenge) => challenge !== undefined)
}

function readChallenge(text: string): DigestChallenge | undefined {
  const values = new Map<string, string>()
  for (const [, name = '', quoted, plain] of text.matchAll(/([a-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gi)) {
    const key = name.toLowerCase()
    if (!values.has(key)) values.set(key, quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '')
  }
  const [realm, nonce, algorithm] = [values.get('realm'), values.get('nonce'), values.get('algorithm')]
  const qop = values
    .get('qop')
    ?.toLowerCase()
    .split(/[\s,]+/)
  if (realm === undefined || nonce === undefined || hashOf(algorithm) === undefined) return undefined
  if (qop !== undefined && !qop.includes('auth')) return undefined
  return { realm, nonce, algorithm, opaque: values.get('opaque'), hasQop: qop !== undefined }
}

function hashOf(algorithm = 'MD5'): string | undefined {
  return HASHES[algorithm.toUpperCase().replace(/-SESS$/, '')]
}

/**
 * The `Authorization` field that answers a challenge (RFC 7616 section 3.4).
 *
 * @param about.uri as in the request line
 * @param about.count how many requests have used this nonce, including this one
 */
export function digestAuthorization(
  challenge: DigestChallenge,
  about: {
    readonly login: Login
    readonly method: string
    readonly uri: string
    readonly count: number
    readonly clientNonce?: string
  },
): string {
  const { realm, nonce, opaque, algorithm, hasQop } = challenge
  const { login, method, uri, clientNonce = randomBytes(8).toString('hex') } = about
  const hash = (text: string): string => createHash(hashOf(algorithm)!).update(text).digest('hex')
  const isSession = /-sess$/i.test(algorithm ?? '')
  const plainSecret = hash(`${login.user}:${realm}:${login.password}`)
  const secret = isSession ? hash(`${plainSecret}:${nonce}:${clientNonce}`) : plainSecret
  const request = hash(`${method}:${uri}`)
  const count = about.count.toString(16).padStart(8, '0')
  const middle = hasQop ? `${nonce}:${count}:${clientNonce}:auth` : nonce
  const fields = [
    `username="${escaped(login.user)}"`,
    `realm="${escaped(realm)}"`,
    `nonce="${escaped(nonce)}"`,
    `uri="${uri}"`,
    `response="${hash(`${secret}:${middle}:${request}`)}"`,
    ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
    ...(opaque === undefined ? [] : [`opaque="${escaped(opaque)}"`]),
    ...(hasQop ? [`qop=auth, nc=${count}`] : []),
    ...(hasQop || isSession ? [`cnonce="${clientNonce}"`] : []),
  ]
  return `Digest ${fields.join(', ')}`
}

function escaped(text: string): string {
  return text.replace(/(["\\])/g, '\\$1')
}

export function basicAuthorization({ user, password }: Login): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

/** The login in an address. */
export function loginIn({ username, password }: URL): Login | undefined {
  if (username === '' && password === '') return undefined
  return { user: decodePercent(username), password: decodePercent(password) }
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
