import { systemClock } from '@kptv/clock'
import type { EdgeEvents } from '../events/edge-events.ts'
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
  { failures, events }: { readonly failures: FailedLogins; readonly events: EdgeEvents },
): { readonly access: Access; readonly watching: Watching } {
  const access = createAccess({
    users,
    sources: book.current,
    logins: createLoginCheck({ monotonicMs: systemClock.monotonicMs }),
    failures,
    nowMs: Date.now,
  })
  /** Excess attempts are not reported: they would push out everything else. */
  const logIn: Access['logIn'] = async (login, address) => {
    const result = await access.logIn(login, address)
    if (access.isOpen()) return result
    if (!('refused' in result)) events.emit({ type: 'viewer-login', address, outcome: 'right' })
    else if (result.refused === 'wrong-login') events.emit({ type: 'viewer-login', address, outcome: 'wrong' })
    return result
  }
  return {
    access: { ...access, logIn },
    watching: createWatching({ users, streams: cluster.userStreams, clock: systemClock }),
  }
}
