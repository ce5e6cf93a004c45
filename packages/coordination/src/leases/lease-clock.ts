import type { Timing } from '../timing.ts'

/**
 * A lease that we hold until our own deadline. Times are monotonic milliseconds of this process.
 */
export type Lease = {
  /** Just before the last successful renewal was sent. */
  readonly renewedAtMs: number
  /** Holds until then although not renewed, because Redis is down for everyone. */
  graceUntilMs?: number
}

/**
 * `held`: ours at this moment. `unproven`: ours unless the machine has slept: neither use it nor
 * give it up until a renewal decides. `lost`: the deadline has passed, for good.
 */
export type Standing = 'held' | 'unproven' | 'lost'

export type LeaseClock = ReturnType<typeof createLeaseClock>

/** A jump of the wall clock beyond a mere adjustment: the machine may have slept. */
const JUMP_MS = 500
/** No lease outlives this without a renewal, so older jumps are forgotten. */
const JUMPS_REMEMBERED_MS = 600_000

/**
 * Judges leases by the monotonic clock of this process, independent of Redis' clock: a lease that
 * was not renewed within the deadline is lost, even if Redis says otherwise later.
 *
 * The monotonic clock stands still while a virtual machine is suspended. So a forward jump of the
 * wall clock counts as time that may have passed. If a lease might have ended in it, only Redis can
 * tell whether the machine has slept or the clock was merely set.
 */
export function createLeaseClock(options: {
  readonly timing: Pick<Timing, 'deadlineMs' | 'unwatchedDeadlineMs'>
  /** Whether others see that this process exists; see the liveness watch. */
  readonly isWatched: () => boolean
  readonly monotonicMs?: () => number
  readonly wallMs?: () => number
}) {
  const { timing, isWatched, monotonicMs = () => performance.now(), wallMs = Date.now } = options
  let offsetMs = wallMs() - monotonicMs()
  let jumps: ReadonlyArray<{ readonly atMs: number; readonly byMs: number }> = []
  let lookSooner = (): void => undefined

  /** Monotonic milliseconds. Also notices whether the wall clock has jumped. */
  function sample(): number {
    const nowMs = monotonicMs()
    const currentOffsetMs = wallMs() - nowMs
    const byMs = currentOffsetMs - offsetMs
    offsetMs = currentOffsetMs
    if (byMs >= JUMP_MS) {
      jumps = [...jumps.filter(({ atMs }) => atMs > nowMs - JUMPS_REMEMBERED_MS), { atMs: nowMs, byMs }]
      // In the middle of a caller's loop over its leases, perhaps.
      queueMicrotask(lookSooner)
    }
    return nowMs
  }

  const jumpedSince = (sinceMs: number): number =>
    jumps.reduce((sum, { atMs, byMs }) => (atMs > sinceMs ? sum + byMs : sum), 0)

  function standing(lease: Lease): Standing {
    const nowMs = sample()
    const limitMs = isWatched() ? timing.deadlineMs : timing.unwatchedDeadlineMs
    const endsAtMs = Math.max(lease.renewedAtMs + limitMs, lease.graceUntilMs ?? 0)
    if (nowMs >= endsAtMs) return 'lost'
    return jumps.length > 0 && nowMs + jumpedSince(lease.renewedAtMs) >= endsAtMs ? 'unproven' : 'held'
  }

  return {
    monotonicMs: sample,

    /** Cheap enough for each piece of media. */
    standing,

    /** The deadline has passed: the user of the lease must stop, for good. */
    isExpired: (lease: Lease): boolean => standing(lease) === 'lost',

    /**
     * Whether the wall clock has jumped since then: if so, a lease renewed before should be renewed
     * at once.
     */
    hasJumpedSince(sinceMs: number): boolean {
      sample()
      return jumpedSince(sinceMs) > 0
    },

    /** For so long it cannot end, whatever happens. */
    safeForMs: (lease: Lease): number =>
      lease.renewedAtMs + Math.min(timing.deadlineMs, timing.unwatchedDeadlineMs) - sample(),

    /** There is another lease: its deadline may be the next one. */
    began: (): void => queueMicrotask(lookSooner),

    /** `look` is called when a lease began or the wall clock has jumped. */
    watch(look: () => void): void {
      lookSooner = look
    },

    /** Extends a lease that has not expired yet until then. */
    extendTo(lease: Lease, untilMs: number): void {
      if (standing(lease) !== 'lost') lease.graceUntilMs = Math.max(lease.graceUntilMs ?? 0, untilMs)
    },
  }
}
