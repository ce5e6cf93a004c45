import { ownText } from './remember.ts'
import { decoded, isOrdinaryFolder } from './url-credentials.ts'

export type LoginMemory = {
  /** Keeps the login in the address of an entry, if it has one. */
  learn(address: string): void
  /** Takes over what another memory has learnt. */
  add(logins: ReadonlyArray<Login>): void
  /** What was learnt, for another memory. Credentials: as secret as the addresses that they come from. */
  all(): Login[]
  /** Whether an address holds user and password of a login that was learnt, wherever in it. */
  holds(text: string): boolean
}

export type Login = readonly [user: string, password: string]

/** Real lists have one, lists glued together some hundred. */
const MAX_LOGINS = 1000

/**
 * Remembers the logins that the addresses of a list show, so that they are recognised where their place does not tell: in
 * `/USER/PASSWORD/77.png`. Of each, both parts must be there.
 */
export function createLoginMemory(): LoginMemory {
  const passwordsByUser = new Map<string, Set<string>>()
  let count = 0

  function remember(user: string, password: string): void {
    const passwords = passwordsByUser.get(user) ?? new Set()
    if (passwords.has(password) || count >= MAX_LOGINS) return
    passwordsByUser.set(ownText(user), passwords.add(ownText(password)))
    count++
  }

  return {
    learn(address) {
      const login = loginIn(address)
      if (login) remember(decoded(login[0]), decoded(login[1]))
    },
    add(logins) {
      for (const [user, password] of logins) remember(user, password)
    },
    all() {
      return [...passwordsByUser].flatMap(([user, passwords]) =>
        [...passwords].map((password): Login => [user, password]),
      )
    },
    holds(text) {
      if (count === 0 || !text.includes('/')) return false
      const parts = partsOf(text)
      return parts.some((user) => {
        const passwords = passwordsByUser.get(user)
        return passwords !== undefined && parts.some((part) => passwords.has(part))
      })
    },
  }
}

function loginIn(address: string): Login | undefined {
  const inPlace = (address.includes('@') ? IN_AUTHORITY.exec(address) : null) ?? BEHIND_KIND.exec(address)
  if (inPlace) return [inPlace[1]!, inPlace[2]!]
  const old = BEFORE_NUMBER.exec(address)
  if (old && !isOrdinaryFolder(old[1]!) && !isOrdinaryFolder(old[2]!)) return [old[1]!, old[2]!]
  if (!/[?&;]/.test(address)) return undefined
  const user = USER_IN_QUERY.exec(address)?.[1]
  const password = PASSWORD_IN_QUERY.exec(address)?.[1]
  return user !== undefined && password !== undefined ? [user, password] : undefined
}

/** Also those of an address inside the address. */
function partsOf(text: string): string[] {
  const parts = text.split(SEPARATORS)
  return text.includes('%') ? [...parts, ...decoded(text).split(SEPARATORS)].map(decoded) : parts
}

const SEPARATORS = /[/?&=:@;,|#]+/
const IN_AUTHORITY = /^[a-z]+:\/\/([^/?#:@]+):([^/?#@]+)@/i
const BEHIND_KIND = /^[a-z]+:\/\/[^/]+\/(?:live|movie|series|timeshift)\/([^/?#]+)\/([^/?#]+)\//i
const BEFORE_NUMBER = /^[a-z]+:\/\/[^/]+\/([^/?#]+)\/([^/?#]+)\/\d+(?:\.\w+)?(?:$|[?#])/i
const USER_IN_QUERY = /[?&;](?:user(?:_?name)?|usr|login|u)=([^&;#]+)/i
const PASSWORD_IN_QUERY = /[?&;](?:pass(?:word|wd)?|pwd|pw|p)=([^&;#]+)/i
