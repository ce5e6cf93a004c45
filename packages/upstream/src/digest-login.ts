import { createHash, randomBytes } from 'node:crypto'

export type Login = { readonly user: string; readonly password: string }

/** The challenge of a server (RFC 7616 section 3.3). */
export type DigestChallenge = {
  readonly realm: string
  readonly nonce: string
  readonly opaque: string | undefined
  /** As the server wrote it; undefined: MD5. */
  readonly algorithm: string | undefined
  /** Undefined for servers of RFC 2069. */
  readonly qop: 'auth' | 'auth-int' | undefined
  /** The server wants a hash in place of the user name. */
  readonly hashesUser: boolean
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
  if (realm === undefined || nonce === undefined || hashOf(algorithm) === undefined) return undefined
  const offered = values
    .get('qop')
    ?.toLowerCase()
    .split(/[\s,]+/)
  const qop = QUALITIES.find((quality) => offered?.includes(quality))
  if (offered !== undefined && qop === undefined) return undefined
  const hashesUser = values.get('userhash')?.toLowerCase() === 'true'
  return { realm, nonce, algorithm, opaque: values.get('opaque'), qop, hashesUser }
}

const QUALITIES = ['auth', 'auth-int'] as const

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
  const { realm, nonce, opaque, algorithm, qop, hashesUser } = challenge
  const { login, method, uri, clientNonce = randomBytes(8).toString('hex') } = about
  const hash = (text: string): string => createHash(hashOf(algorithm)!).update(text).digest('hex')
  const isSession = /-sess$/i.test(algorithm ?? '')
  const plainSecret = hash(`${login.user}:${realm}:${login.password}`)
  const secret = isSession ? hash(`${plainSecret}:${nonce}:${clientNonce}`) : plainSecret
  // No request of ours has a body, whose hash `auth-int` wants.
  const request = hash(qop === 'auth-int' ? `${method}:${uri}:${hash('')}` : `${method}:${uri}`)
  const count = about.count.toString(16).padStart(8, '0')
  const middle = qop === undefined ? nonce : `${nonce}:${count}:${clientNonce}:${qop}`
  const fields = [
    `username="${hashesUser ? hash(`${login.user}:${realm}`) : escaped(login.user)}"`,
    `realm="${escaped(realm)}"`,
    `nonce="${escaped(nonce)}"`,
    `uri="${uri}"`,
    `response="${hash(`${secret}:${middle}:${request}`)}"`,
    ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
    ...(opaque === undefined ? [] : [`opaque="${escaped(opaque)}"`]),
    ...(qop === undefined ? [] : [`qop=${qop}, nc=${count}`]),
    ...(qop !== undefined || isSession ? [`cnonce="${clientNonce}"`] : []),
    ...(hashesUser ? ['userhash=true'] : []),
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
