import { isOrdinaryFolder } from './ordinary-folder.ts'
import { ownText } from './remember.ts'
import { decodedPath } from './shown-login.ts'

type LoginMemory = {
  /** Keeps the login in the address of an entry, if it has one. */
  readonly learn: (address: string) => void
  /** Adds the logins of another memory. */
  readonly add: (logins: readonly Login[]) => void
  /**
   * All known logins, for another memory. They are as secret as the addresses that they come from.
   */
  readonly all: () => Login[]
  /** Whether an address holds user and password of a known login, anywhere in it. */
  readonly holds: (text: string) => boolean
}

export type Login = readonly [user: string, password: string]

/** Real lists have one login, merged lists about a hundred. */
const MAX_LOGINS = 1000

/**
 * Remembers the logins that the addresses of a list show, so that they are recognised in places
 * that do not give them away, such as `/USER/PASSWORD/77.png`. Both parts of a login must be
 * present.
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
      if (login) remember(decodedPath(login[0]), decodedPath(login[1]))
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
  const oldest = BEFORE_NUMBER.exec(address)
  if (oldest && !isOrdinaryFolder(oldest[1]!) && !isOrdinaryFolder(oldest[2]!)) return [oldest[1]!, oldest[2]!]
  if (!/[?&;]/.test(address)) return undefined
  const user = USER_IN_QUERY.exec(address)?.[1]
  const password = PASSWORD_IN_QUERY.exec(address)?.[1]
  return user !== undefined && password !== undefined ? [user, password] : undefined
}

/** Also those of an address inside the address. */
function partsOf(text: string): string[] {
  const parts = text.split(SEPARATORS)
  return text.includes('%') ? [...parts, ...decodedPath(text).split(SEPARATORS)].map(decodedPath) : parts
}

const SEPARATORS = /[/?&=:@;,|#]+/
const IN_AUTHORITY = /^[a-z]+:\/\/([^/?#:@]+):([^/?#@]+)@/i
const BEHIND_KIND = /^[a-z]+:\/\/[^/]+\/(?:live|movie|series|timeshift)\/([^/?#]+)\/([^/?#]+)\//i
const BEFORE_NUMBER = /^[a-z]+:\/\/[^/]+\/([^/?#]+)\/([^/?#]+)\/\d+(?:\.\w+)?(?:$|[?#])/i
const USER_IN_QUERY = /[?&;](?:user(?:_?name)?|usr|login|u)=([^&;#]+)/i
const PASSWORD_IN_QUERY = /[?&;](?:pass(?:word|wd)?|pwd|pw|p)=([^&;#]+)/i
