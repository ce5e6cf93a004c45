import type { Process } from './process.ts'
import type { Connection } from './provider.ts'
import type { World } from './world.ts'

/**
 * Where a provider may see one connection too many. The first two are documented as the price of
 * any lease; the others are combinations of two faults at once, see the README.
 */
export type ResidualCase =
  | 'process and supervisor frozen beyond lease and quarantine'
  | 'host lost power, connection half-open beyond lease and quarantine'
  | 'Redis lost its memory while the holder was frozen or without power'
  | 'liveness watch cut, and the close did not reach the holder'

/** After a freeze the first tasks close the connection; the provider sees it a moment later. */
const WAKING_MS = 120

export function createResidualCases(getWorld: () => World) {
  const renewals = new Map<string, number>()
  const falselyProven = new Map<string, ResidualCase>()

  const isWaking = (process: Process | undefined) =>
    process !== undefined && getWorld().clock.now - process.thawedAt < WAKING_MS

  /** Frozen since before its own deadline, so that it could not know. */
  function isFrozenThrough({ process, mustStopAt }: Connection): boolean {
    if (process.frozenSince === undefined || process.frozenSince > mustStopAt) return false
    return process.frozen || isWaking(process)
  }

  return {
    renewed(incarnation: string, slotId: string): void {
      renewals.set(`${incarnation} ${slotId}`, getWorld().clock.now)
    },

    /** Called when a script believes a death by `gone`; notes why if it is wrong. */
    provenDead(incarnation: string): void {
      const { hosts, provider } = getWorld()
      const isHalfOpen = provider.connections.some((open) => open.halfOpen && open.incarnation === incarnation)
      const host = hosts.find(({ edge, process }) => edge?.incarnation === incarnation && process?.alive === true)
      const isAsleep = host?.process?.frozen === true || isWaking(host?.process)
      if (isHalfOpen || isAsleep || host?.edge?.watch.up === true) {
        falselyProven.set(incarnation, 'liveness watch cut, and the close did not reach the holder')
      }
    },

    isFalselyProven: (incarnation: string) => falselyProven.has(incarnation),

    find(connection: Connection): ResidualCase | undefined {
      const { clock, redis, rules } = getWorld()
      const { leaseMs, quarantineMs } = rules.timing
      const renewedAt = renewals.get(`${connection.incarnation} ${connection.slotId}`) ?? clock.now
      const isPastQuarantine = clock.now - renewedAt >= leaseMs + quarantineMs
      const isFrozen = isFrozenThrough(connection)
      if (isPastQuarantine && connection.halfOpen)
        return 'host lost power, connection half-open beyond lease and quarantine'
      if (isPastQuarantine && isFrozen && connection.process.unwatchedFreeze) {
        return 'process and supervisor frozen beyond lease and quarantine'
      }
      if (redis.forgotAt > renewedAt && (isFrozen || connection.halfOpen)) {
        return 'Redis lost its memory while the holder was frozen or without power'
      }
      return falselyProven.get(connection.incarnation)
    },
  }
}
