import { type Access, createAccess } from '../users/access.ts'
import type { FailedLogins } from '../users/failed-logins.ts'
import { createLoginCheck } from '../users/remembered-logins.ts'
import { createWatching, type Watching } from '../users/watching.ts'
import type { Membership } from './cluster.ts'
import type { EdgeParts } from './edge-parts.ts'

/** Who may watch, and what they watch through this node. */
export function composeUsers(
  { users, book }: EdgeParts,
  { cluster }: Membership,
  failures: FailedLogins,
): { access: Access; watching: Watching } {
  const monotonicMs = () => performance.now()
  const access = createAccess({
    users,
    sources: book.current,
    logins: createLoginCheck({ monotonicMs }),
    failures,
    nowMs: Date.now,
  })
  return { access, watching: createWatching({ users, streams: cluster.userStreams, monotonicMs }) }
}
