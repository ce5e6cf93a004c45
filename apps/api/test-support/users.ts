import { linkTokenOf, type User } from '@kptv/config'
import { type Access, createAccess } from '../src/users/access.ts'

/** A user with the password `<name>-password` and one token, `token-of-<name>`. */
export function userNamed(name: string, change: Partial<User> = {}): User {
  return {
    name,
    passwordHash: `hash of ${name}-password`,
    tokens: [{ label: 'tv', token: `token-of-${name}`, endAtMs: undefined }],
    streams: Number.POSITIVE_INFINITY,
    priority: 0,
    role: 'viewer',
    onLimit: 'refuse',
    sees: undefined,
    networks: [],
    endAtMs: undefined,
    linkNumber: 1,
    ...change,
  }
}

export type UsersForTests = {
  readonly access: Access
  readonly onChange: (listener: () => void) => void
  change(users: readonly User[] | undefined): void
  passMs(ms: number): void
  linkTokenOf(name: string): string
  /** Wrong logins that were counted, as `name@address`. */
  readonly failures: string[]
}

/** The users file and the clock, in memory. */
export function createUsersForTests(first: readonly User[] | undefined): UsersForTests {
  let users = first
  let nowMs = Date.UTC(2027, 0)
  const listeners: Array<() => void> = []
  const failures: string[] = []
  const onChange = (listener: () => void): void => void listeners.push(listener)
  const access = createAccess({
    users: { current: () => users, onChange },
    sources: () => [{ id: 'one-id', name: 'One' }],
    logins: {
      isRemembered: () => false,
      check: async (password, hash) => hash === `hash of ${password}`,
    },
    failures: {
      areTooMany: async (name, address) => failures.filter((one) => one === `${name}@${address}`).length >= 5,
      add: async (name, address) => void failures.push(`${name}@${address}`),
    },
    nowMs: () => nowMs,
  })
  return {
    access,
    onChange,
    failures,
    change(next) {
      users = next
      for (const listener of listeners) listener()
    },
    passMs(ms) {
      nowMs += ms
    },
    linkTokenOf: (name) => linkTokenOf(users!.find((user) => user.name === name)!) ?? '',
  }
}
