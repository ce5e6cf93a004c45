import type { Redis } from '@kptv/redis'
import type { Logger } from '../logger.ts'
import type { Timing } from '../timing.ts'
import type { LeaseClock } from './lease-clock.ts'

type OutageGraceOptions = {
  readonly redis: Redis
  readonly timing: Pick<Timing, 'deadlineMs' | 'outageGraceMs'>
  readonly clock: Pick<LeaseClock, 'monotonicMs'>
  /** The leases that continue during the outage. */
  readonly holdings: ReadonlyArray<{ extendTo(untilMs: number): void }>
  /** No replica may take over: if this server refuses us, it refuses everyone. */
  readonly isOnlyServer: boolean
  /**
   * Whether Redis refuses the connections of everyone, not only ours: no other node is alive, or
   * each node that was polled is refused too. False if a peer reaches Redis, or none answers.
   */
  readonly isDownForEveryone: () => Promise<boolean>
  readonly logger: Logger
}

/**
 * Going on without Redis. A server that refuses connections, still loads its data or refuses writes
 * does so for everyone, so nothing can be taken over, and each refusal extends the deadlines to
 * that moment + D, for at most a minute. The warm-up after its return is longer than that, so
 * holders are back first. A server that hangs or is silent may be there for others.
 */
export function createOutageGrace(options: OutageGraceOptions) {
  const { redis, timing, clock, holdings, isOnlyServer, isDownForEveryone, logger } = options
  let startedAtMs: number | undefined
  let isPolling = false
  let refuses: 'connections' | 'writes' | undefined

  const onError = (error: Error & { readonly code?: string }) => {
    if (error.code === 'ECONNREFUSED') void connectionRefused()
  }
  redis.on('error', onError)
  redis.on('ready', onReady)

  /** A server that refuses writes accepts connections all the time. */
  function onReady(): void {
    if (refuses === 'connections') end()
  }

  function end(): void {
    startedAtMs = undefined
    refuses = undefined
  }

  async function connectionRefused(): Promise<void> {
    const refusedAtMs = clock.monotonicMs()
    startedAtMs ??= refusedAtMs
    if (isPolling || !isOnlyServer) return
    isPolling = true
    const isAllowed = await isDownForEveryone().catch(() => false)
    isPolling = false
    if (isAllowed) extend(refusedAtMs, 'connections')
  }

  function extend(refusedAtMs: number, what: 'connections' | 'writes'): void {
    startedAtMs ??= refusedAtMs
    if (refusedAtMs - startedAtMs > timing.outageGraceMs) return
    if (refuses !== what) {
      logger.warn({ refuses: what }, 'Redis is down for everyone; leases continue, nothing new starts')
    }
    refuses = what
    // Only leases whose deadline has not passed meanwhile continue.
    for (const holding of holdings) holding.extendTo(refusedAtMs + timing.deadlineMs)
  }

  return {
    /**
     * Checks whether a server that accepts connections but is not ready is loading its data. Never
     * throws.
     */
    async probe(): Promise<void> {
      if (redis.status !== 'connect') return
      const answer = await redis.info('persistence').catch(() => '')
      if (/\bloading:1\b/.test(answer)) await connectionRefused()
    },

    /** The server answered a renewal that was sent at this time: it takes no writes now. */
    writesRefused(sentAtMs: number): void {
      if (isOnlyServer) extend(sentAtMs, 'writes')
    },

    /** All renewals have succeeded. */
    end,

    [Symbol.dispose](): void {
      redis.off('error', onError)
      redis.off('ready', onReady)
    },
  }
}
