import { createHash } from 'node:crypto'
import { linkTokenOf, type User, type UserBook } from '@kptv/config'
import type { ErrorCode } from '@kptv/contract'
import { type Caller, EVERYONE } from './caller.ts'
import type { Credentials } from './credentials.ts'
import type { FailedLogins } from './failed-logins.ts'
import { type LoginCheck, LoginsBusyError } from './remembered-logins.ts'
import { createSight, type Sight } from './sight.ts'
import { createUserDirectory, type UserDirectory } from './user-directory.ts'
import { isSignedWith, readSession, VIEWER_SESSION_MS, writeSession } from './viewer-session.ts'

/** Where a request comes from. */
type Origin = { readonly address: string; readonly agent: string }

type Refused = { readonly refused: ErrorCode }

type AccessOptions = {
  readonly users: Pick<UserBook, 'current' | 'onChange'>
  readonly sources: () => ReadonlyArray<{ readonly id: string; readonly name: string }>
  readonly logins: LoginCheck
  readonly failures: FailedLogins
  readonly nowMs: () => number
}

/** A login that was right: whose it is, and how to find out whether it still is. */
type Login = {
  readonly user: User
  readonly linkToken: string | undefined
  readonly device: string
  readonly isCurrent: (directory: UserDirectory) => boolean
}

export type Access = {
  /** Without USERS_FILE: no login is needed. */
  isOpen(): boolean
  /** Whether some user has this token; whether it lets in is another question. */
  isToken(text: string): boolean
  /** The caller behind a login, or why it gets nothing. */
  admit(credentials: Credentials, origin: Origin): Promise<Caller | Refused>
  /** A login of a browser: what it keeps, and sends with each request. */
  logIn(
    login: { readonly name: string; readonly password: string },
    address: string,
  ): Promise<{ readonly name: string; readonly session: string } | Refused>
  /** For the page of operators: by name and password alone, since tokens are handed out. */
  readonly admins: Admins
}

/** The users whose role is `admin`. */
export type Admins = {
  /** @returns what {@link proofOf} returns */
  logIn(name: string, password: string, address: string): Promise<string | Refused>
  /** Stays the same while such a user may log in with the same password; `undefined` otherwise. */
  proofOf(name: string, address: string): string | undefined
}

/** Lets callers in by the users file, as it is at the time of each request. */
export function createAccess({ users, sources, logins, failures, nowMs }: AccessOptions): Access {
  let directory = createUserDirectory(users.current() ?? [])
  users.onChange(() => {
    directory = createUserDirectory(users.current() ?? [])
  })
  const sightOf = rememberSights(sources)

  async function find(credentials: Credentials, { address }: Origin): Promise<Login | Refused> {
    switch (credentials.kind) {
      case 'none':
        return byAddress(address)
      case 'token':
        return byToken(credentials.token) ?? { refused: 'wrong-login' }
      case 'password':
        return byPassword(credentials.name, credentials.password, address)
      case 'session':
        return bySession(credentials.session) ?? byAddress(address)
    }
  }

  function byAddress(address: string): Login | Refused {
    const user = directory.byAddress(address)
    if (user === undefined) return { refused: 'login-required' }
    return {
      user,
      linkToken: undefined,
      device: '',
      isCurrent: (now) => now.byName(user.name) === now.byAddress(address),
    }
  }

  function byToken(text: string, name?: string): Login | undefined {
    const known = directory.byToken(text)
    if (known === undefined || (name !== undefined && known.user !== directory.byName(name))) return undefined
    const isCurrent = (now: UserDirectory): boolean => {
      const found = now.byToken(text)
      return found?.user.name === known.user.name && !isPast(found.token?.endAtMs)
    }
    return { user: known.user, linkToken: text, device: known.token?.label ?? '', isCurrent }
  }

  /** While the token lasts that has signed it. */
  function bySession(value: string): Login | undefined {
    const session = readSession(value)
    const user = session && directory.byName(session.name)
    if (session === undefined || user === undefined || isPast(session.endsAtMs)) return undefined
    const token = [linkTokenOf(user), ...user.tokens.map((one) => one.token)].find(
      (one) => one !== undefined && isSignedWith(session, one),
    )
    return token === undefined ? undefined : byToken(token)
  }

  /** Guesses at the page are counted, as those of passwords are. */
  async function byTokenAlone(text: string, address: string): Promise<Login | Refused> {
    if (await failures.areTooMany(undefined, address)) return { refused: 'too-many-logins' }
    const login = byToken(text)
    if (login === undefined) await failures.add(undefined, address)
    return login ?? { refused: 'wrong-login' }
  }

  /** Apps that have only a field for a password may send a token in it. */
  async function byPassword(name: string, password: string, address: string): Promise<Login | Refused> {
    const ofToken = byToken(password, name)
    if (ofToken !== undefined) return ofToken
    const user = await checkPassword(name, password, address)
    if ('refused' in user) return user
    const hash = user.passwordHash
    const isCurrent = (now: UserDirectory): boolean => now.byName(name)?.passwordHash === hash
    return { user, linkToken: linkTokenOf(user), device: '', isCurrent }
  }

  async function checkPassword(name: string, password: string, address: string): Promise<User | Refused> {
    const user = directory.byName(name)
    const hash = user?.passwordHash
    if (!logins.isRemembered(password, hash)) {
      if (await failures.areTooMany(user?.name, address)) return { refused: 'too-many-logins' }
      const isRight = await logins.check(password, hash)
      if (!isRight) await failures.add(user?.name, address)
      if (!isRight) return { refused: 'wrong-login' }
    }
    return user ?? { refused: 'wrong-login' }
  }

  function proofOf(name: string, address: string): string | undefined {
    const user = users.current() === undefined ? undefined : directory.byName(name)
    if (user?.role !== 'admin' || isPast(user.endAtMs) || !directory.isInNetworks(user, address)) return undefined
    return user.passwordHash
  }

  function judge({ user, isCurrent }: Login, { address }: Pick<Origin, 'address'>): ErrorCode | undefined {
    const now = directory.byName(user.name)
    if (now === undefined || !isCurrent(directory)) return 'wrong-login'
    if (isPast(now.endAtMs)) return 'access-ended'
    return directory.isInNetworks(now, address) ? undefined : 'network-not-allowed'
  }

  function isPast(atMs: number | undefined): boolean {
    return atMs !== undefined && atMs <= nowMs()
  }

  return {
    isOpen: () => users.current() === undefined,
    isToken: (text) => directory.byToken(text) !== undefined,

    async admit(credentials, origin) {
      if (users.current() === undefined) return EVERYONE
      const login = await find(credentials, origin).catch(refuseWhileBusy)
      if ('refused' in login) return login
      const refused = judge(login, origin)
      if (refused !== undefined) return { refused }
      const { user, linkToken } = login
      return {
        user,
        linkToken,
        device: deviceOf(login, origin),
        sight: sightOf(user),
        refusal: () => judge(login, origin),
      }
    },

    async logIn({ name, password }, address) {
      if (users.current() === undefined) return { refused: 'wrong-login' }
      const finding = name === '' ? byTokenAlone(password, address) : byPassword(name, password, address)
      const login = await finding.catch(refuseWhileBusy)
      if ('refused' in login) return login
      const refused = judge(login, { address })
      if (refused !== undefined) return { refused }
      const session = { name: login.user.name, endsAtMs: nowMs() + VIEWER_SESSION_MS }
      return { name: session.name, session: writeSession(session, login.linkToken ?? '') }
    },

    admins: {
      proofOf,
      async logIn(name, password, address) {
        if (users.current() === undefined) return { refused: 'wrong-login' }
        const user = await checkPassword(name, password, address).catch(refuseWhileBusy)
        return 'refused' in user ? user : (proofOf(user.name, address) ?? { refused: 'wrong-login' })
      },
    },
  }
}

function refuseWhileBusy(error: unknown): Refused {
  if (error instanceof LoginsBusyError) return { refused: 'too-many-logins' }
  throw error
}

/** A sight is compiled once for each state of users and sources. */
function rememberSights(sources: AccessOptions['sources']): (user: User) => Sight | undefined {
  let known = new WeakMap<User, Sight>()
  let knownFor: unknown
  return (user) => {
    const { sees } = user
    if (sees === undefined) return undefined
    const present = sources()
    if (present !== knownFor) {
      known = new WeakMap()
      knownFor = present
    }
    const sight = known.get(user) ?? createSight(sees, present)
    known.set(user, sight)
    return sight
  }
}

function deviceOf({ device }: Login, { address, agent }: Origin): string {
  return createHash('sha256')
    .update(JSON.stringify([device, address, agent]))
    .digest('hex')
    .slice(0, 12)
}
