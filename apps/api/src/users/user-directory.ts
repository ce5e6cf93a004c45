import { createHmac, randomBytes } from 'node:crypto'
import { linkTokenOf, needsNoLogin, type User, type UserToken } from '@kptv/config'
import { createNetworkTest } from './network-test.ts'

/** A token, and whose it is. */
type KnownToken = {
  readonly user: User
  /** `undefined`: of links that the user got after a login with its password. */
  readonly token: UserToken | undefined
  /** What links carry. */
  readonly text: string
}

/** The users of one state of the file, by what requests bring. */
export type UserDirectory = {
  readonly byName: (name: string) => User | undefined
  readonly byToken: (token: string) => KnownToken | undefined
  /** The first user without a login whose networks include the address. */
  readonly byAddress: (address: string) => User | undefined
  /** Whether a user may watch from an address. */
  readonly isInNetworks: (user: User, address: string) => boolean
}

/**
 * Tokens are compared by keyed hash, so that response times do not reveal how much of one was
 * right.
 */
const KEY = randomBytes(32)

export function createUserDirectory(users: readonly User[]): UserDirectory {
  const names = new Map(users.map((user) => [user.name.toLowerCase(), user]))
  const networks = new Map(users.map((user) => [user, createNetworkTest(user.networks)]))
  const tokens = new Map<string, KnownToken>()
  for (const user of users) {
    const ofLinks = linkTokenOf(user)
    if (ofLinks !== undefined) tokens.set(digest(ofLinks), { user, token: undefined, text: ofLinks })
    for (const token of user.tokens) tokens.set(digest(token.token), { user, token, text: token.token })
  }
  const withoutLogin = users.filter(needsNoLogin)
  const isInNetworks = (user: User, address: string): boolean =>
    user.networks.length === 0 || networks.get(user)?.(address) === true
  return {
    byName: (name) => names.get(name.toLowerCase()),
    byToken: (token) => tokens.get(digest(token)),
    byAddress: (address) => withoutLogin.find((user) => isInNetworks(user, address)),
    isInNetworks,
  }
}

function digest(token: string): string {
  return createHmac('sha256', KEY).update(token).digest('base64')
}
