import type { Redis } from '@kptv/redis'
import type { LeaseClock } from './lease-clock.ts'
import type { Logger } from './logger.ts'
import type { Timing } from './timing.ts'

export type RideOptions = {
  redis: Redis
  timing: Pick<Timing, 'deadlineMs' | 'rideMs'>
  clock: Pick<LeaseClock, 'now'>
  /** What goes on while Redis refuses. */
  holdings: ReadonlyArray<{ ride(untilMs: number): void }>
  /**
   * Whether Redis refuses everybody, not just us: no other node lives, or one that was asked cannot reach Redis either.
   * A peer that can reach it, or no answer at all, means no.
   */
  mayRide: () => Promise<boolean>
  logger: Logger
}

export type Ride = ReturnType<typeof createRide>

/**
 * Going on without Redis. A server that refuses connections or still loads its data is down for everybody: nobody can
 * take anything over, so each refusal extends the deadlines to that moment + D, for at most a minute. After its return
 * the warm-up is longer than that, so holders are back first. A server that hangs or is silent may be there for others.
 */
export function createRide({ redis, timing, clock, holdings, mayRide, logger }: RideOptions) {
  let startedAtMs: number | undefined
  let asking = false
  let isRiding = false

  const onError = (error: Error & { code?: string }) => {
    if (error.code === 'ECONNREFUSED') void refused()
  }
  const onReady = () => {
    startedAtMs = undefined
    isRiding = false
  }
  redis.on('error', onError)
  redis.on('ready', onReady)

  async function refused(): Promise<void> {
    const refusedAtMs = clock.now()
    startedAtMs ??= refusedAtMs
    if (asking || refusedAtMs - startedAtMs > timing.rideMs) return
    asking = true
    const isAllowed = await mayRide().catch(() => false)
    asking = false
    if (isAllowed && !isRiding) logger.warn({}, 'Redis refuses everybody, going on with what is held')
    isRiding = isAllowed
    // Only what has not passed its deadline meanwhile goes on.
    if (isAllowed) for (const holding of holdings) holding.ride(refusedAtMs + timing.deadlineMs)
  }

  return {
    /** Asks a server that accepts connections but is not ready whether it is loading its data. Never throws. */
    async probe(): Promise<void> {
      if (redis.status !== 'connect') return
      const answer = await redis.info('persistence').catch(() => '')
      if (/\bloading:1\b/.test(answer)) await refused()
    },

    isRiding: (): boolean => isRiding,

    [Symbol.dispose](): void {
      redis.off('error', onError)
      redis.off('ready', onReady)
    },
  }
}
