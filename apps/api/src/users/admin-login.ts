import type { ErrorCode } from '@kptv/contract'
import type { Admins } from './access.ts'
import type { AdminSessions } from './admin-session.ts'
import type { FailedLogins } from './failed-logins.ts'

/** No user can have this name. */
const NAME = '(admin)'

export type AdminLogin = (
  login: {
    /** Of a user whose role is `admin`; without it ADMIN_PASSWORD is meant. */
    readonly name?: string | undefined
    readonly password: string
  },
  address: string,
) => Promise<{ readonly session: string } | { readonly refused: ErrorCode }>

/**
 * Logs operators in. Wrong passwords are counted as those of viewers: after a few within a minute,
 * on all edges together, not even the right one is tried.
 */
export function createAdminLogin({
  sessions,
  admins,
  failures,
  onLogin,
}: {
  readonly sessions: Pick<AdminSessions, 'isPassword' | 'issue'>
  readonly admins: Pick<Admins, 'logIn'>
  readonly failures: FailedLogins
  readonly onLogin: (address: string, outcome: 'right' | 'wrong') => void
}): AdminLogin {
  async function check(name: string, password: string, address: string): Promise<ErrorCode | undefined> {
    if (name !== '') {
      const found = await admins.logIn(name, password, address)
      return typeof found === 'string' ? undefined : found.refused
    }
    if (await failures.areTooMany(NAME, address)) return 'too-many-logins'
    if (sessions.isPassword(password)) return undefined
    await failures.add(NAME, address)
    return 'wrong-login'
  }

  return async ({ name = '', password }, address) => {
    const refused = await check(name, password, address)
    if (refused !== 'too-many-logins') onLogin(address, refused === undefined ? 'right' : 'wrong')
    return refused === undefined ? { session: sessions.issue(name, address) } : { refused }
  }
}
