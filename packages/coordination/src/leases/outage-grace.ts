import type { Redis } from '@kptv/redis'
import type { Logger } from '../logger.ts'
import type { Timing } from '../timing.ts'
import type { LeaseClock } from './lease-clock.ts'

export type OutageGraceOptions = {
  redis: Redis
  timing: Pick<Timing, 'deadlineMs' | 'outageGraceMs'>
  clock: Pick<LeaseClock, 'now'>
  /** What goes on while Redis refuses. */
  holdings: ReadonlyArray<{ extendTo(untilMs: number): void }>
  /**
   * Whether Redis refuses everybody, not just us: no other node lives, or one that was asked cannot reach Redis either.
   * A peer that can reach it, or no answer at all, means no.
   */
  isDownForEveryone: () => Promise<boolean>
  logger: Logger
}

export type OutageGrace = ReturnType<typeof createOutageGrace>

/**
 * Going on without Redis. A server that refuses connections or still loads its data is down for everybody: nobody can
 * take anything over, so each refusal extends the deadlines to that moment + D, for at most a minute. After its return
 * the warm-up is longer than that, so holders are back first. A server that hangs or is silent may be there for others.
 */
export function createOutageGrace({ redis, timing, clock, holdings, isDownForEveryone, logger }: OutageGraceOptions) {
  let startedAtMs: number | undefined
  let asking = false
  let isInGrace = false

  const onError = (error: Error & { code?: string }) => {
    if (error.code === 'ECONNREFUSED') void refused()
  }
  const onReady = () => {
    startedAtMs = undefined
    isInGrace = false
  }
  redis.on('error', onError)
  redis.on('ready', onReady)

  async function refused(): Promise<void> {
    const refusedAtMs = clock.now()
    startedAtMs ??= refusedAtMs
    if (asking || refusedAtMs - startedAtMs > timing.outageGraceMs) return
    asking = true
    const isAllowed = await isDownForEveryone().catch(() => false)
    asking = false
    if (isAllowed && !isInGrace) logger.warn({}, 'Redis refuses everybody, going on with what is held')
    isInGrace = isAllowed
    // Only what has not passed its deadline meanwhile goes on.
    if (isAllowed) for (const holding of holdings) holding.extendTo(refusedAtMs + timing.deadlineMs)
  }

  return {
    /** Asks a server that accepts connections but is not ready whether it is loading its data. Never throws. */
    async probe(): Promise<void> {
      if (redis.status !== 'connect') return
      const answer = await redis.info('persistence').catch(() => '')
      if (/\bloading:1\b/.test(answer)) await refused()
    },

    isInGrace: (): boolean => isInGrace,

    [Symbol.dispose](): void {
      redis.off('error', onError)
      redis.off('ready', onReady)
    },
  }
}
