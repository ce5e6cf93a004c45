import type { ErrorCode } from '@kptv/contract'
import type { AdminSessions } from './admin-session.ts'
import type { FailedLogins } from './failed-logins.ts'

/** No user can have this name. */
const NAME = '(admin)'

export type AdminLogin = (
  password: string,
  address: string,
) => Promise<{ readonly session: string } | { readonly refused: ErrorCode }>

/**
 * Logs operators in. Wrong passwords are counted as those of users: after a few within a minute, on
 * all edges together, not even the right one is tried.
 */
export function createAdminLogin({
  sessions,
  failures,
  onLogin,
}: {
  readonly sessions: Pick<AdminSessions, 'isPassword' | 'issue'>
  readonly failures: FailedLogins
  readonly onLogin: (address: string, outcome: 'right' | 'wrong') => void
}): AdminLogin {
  return async (password, address) => {
    if (await failures.areTooMany(NAME, address)) return { refused: 'too-many-logins' }
    const isRight = sessions.isPassword(password)
    if (!isRight) await failures.add(NAME, address)
    onLogin(address, isRight ? 'right' : 'wrong')
    return isRight ? { session: sessions.issue() } : { refused: 'wrong-login' }
  }
}
