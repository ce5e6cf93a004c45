import { needsNoLogin, type User, type UserBook } from '@kptv/config'
import { type AdminUsers, MAX_SHOWN_USERS, type ShownUser } from '@kptv/contract'

type ShowUsersOptions = {
  readonly users: Pick<UserBook, 'current' | 'problems'>
  /** Streams of a user on all nodes. Throws when Redis does not answer. */
  readonly count: (user: string) => Promise<number>
  readonly nowMs: () => number
}

/** @returns the users whose name has a text, for operators; without hashes and tokens */
export function createShowUsers({ users, count, nowMs }: ShowUsersOptions): (text: string) => Promise<AdminUsers> {
  async function show(user: User): Promise<ShownUser> {
    const isPast = (atMs: number | undefined): boolean => atMs !== undefined && atMs <= nowMs()
    const { name, role, priority, streams: limit, onLimit, endAtMs, tokens, networks, sees } = user
    return {
      name,
      streams: {
        now: await count(name).catch(() => null),
        limit: Number.isFinite(limit) ? limit : null,
        onLimit,
      },
      role,
      priority,
      end: endAtMs ?? null,
      ended: isPast(endAtMs),
      login: loginOf(user),
      tokens: tokens.map((token) => ({ label: token.label, end: token.endAtMs ?? null, ended: isPast(token.endAtMs) })),
      networks,
      seesAll: sees === undefined,
    }
  }

  return async (text) => {
    const all = users.current()
    const wanted = text.toLowerCase()
    const matching = (all ?? []).filter(({ name }) => name.toLowerCase().includes(wanted))
    return {
      isOpen: all === undefined,
      problems: users.problems(),
      matching: matching.length,
      users: await Promise.all(matching.slice(0, MAX_SHOWN_USERS).map(show)),
    }
  }
}

function loginOf(user: User): ShownUser['login'] {
  if (needsNoLogin(user)) return 'network'
  return user.passwordHash === undefined ? 'token' : 'password'
}
