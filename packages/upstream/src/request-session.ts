import { type Cookies, createCookies } from './cookies.ts'
import {
  basicAuthorization,
  type DigestChallenge,
  digestAuthorization,
  type Login,
  readDigestChallenge,
} from './digest-login.ts'

/** State kept from one request to the next; dropped when the stream is opened again. */
export type RequestSession = {
  readonly cookies: Cookies
  readonly logins: Logins
}

type Logins = {
  /** The `Authorization` field for a request: Basic, until the host has requested Digest. */
  authorizationFor(url: URL, login: Login): string
  /** Takes the challenge of a refusal; true if another request may succeed. */
  takeChallenge(url: URL, field: string | undefined): boolean
}

export function createRequestSession(): RequestSession {
  return { cookies: createCookies(), logins: createLogins() }
}

/** A host that refuses this many answers does not accept this login. */
const MAX_CHALLENGES = 2
const MAX_HOSTS = 32

function createLogins(): Logins {
  const asked = new Map<string, { readonly challenge: DigestChallenge; count: number; challenges: number }>()
  return {
    authorizationFor(url, login) {
      const known = asked.get(url.host)
      if (known === undefined) return basicAuthorization(login)
      known.count += 1
      // An answer that was taken may be followed by a new challenge, when its nonce has expired.
      if (known.count > 1) known.challenges = 0
      const uri = `${url.pathname}${url.search}`
      return digestAuthorization(known.challenge, { login, method: 'GET', uri, count: known.count })
    },
    takeChallenge(url, field) {
      const challenge = readDigestChallenge(field)
      const challenges = (asked.get(url.host)?.challenges ?? 0) + 1
      if (challenge === undefined || challenges > MAX_CHALLENGES) return false
      if (!asked.has(url.host) && asked.size >= MAX_HOSTS) return false
      asked.set(url.host, { challenge, count: 0, challenges })
      return true
    },
  }
}
