import type { EdgeEvents } from '../events/edge-events.ts'
import type { AdminRoutesOptions } from '../ports/admin-routes.ts'
import type { PublicAdminOptions } from '../ports/public-admin.ts'
import type { Admins } from '../users/access.ts'
import { createAdminLogin } from '../users/admin-login.ts'
import { createAdminSessions } from '../users/admin-session.ts'
import type { FailedLogins } from '../users/failed-logins.ts'
import type { EdgeParts } from './edge-parts.ts'
import type { Store } from './redis.ts'

/** The page of operators on the public port; `undefined` without ADMIN_PASSWORD. */
export function composeAdmin(
  { settings: { adminPassword: password } }: EdgeParts,
  { keys }: Store,
  about: {
    readonly events: EdgeEvents
    readonly failures: FailedLogins
    readonly admins: Admins
    readonly routes: AdminRoutesOptions
  },
): PublicAdminOptions | undefined {
  if (password === undefined) return undefined
  const { events, failures, admins, routes } = about
  const sessions = createAdminSessions({ password, admins, cluster: keys.prefix, nowMs: Date.now })
  const onLogin = (address: string, outcome: 'right' | 'wrong') =>
    events.emit({ type: 'admin-login', address, outcome })
  return { ...routes, sessions, login: createAdminLogin({ sessions, admins, failures, onLogin }) }
}
