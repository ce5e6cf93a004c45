import type { Timing } from '../timing.ts'

/** What is held under a deadline of our own. Times are monotonic milliseconds of this process. */
export type Lease = {
  /** Just before the last renewal that succeeded was sent. */
  renewedAtMs: number
  /** Good until then although not renewed, because Redis refuses everybody. */
  graceUntilMs?: number
}

export type LeaseClock = ReturnType<typeof createLeaseClock>

/** The wall clock may run ahead by so much (an adjustment) before it counts as a sleep of the whole machine. */
const SLEEP_MS = 500

/**
 * Judges leases by the monotonic clock of this process, which knows nothing of Redis' clock: what was not renewed
 * within the deadline is not ours any more, whatever Redis may say later.
 *
 * The monotonic clock stands still while a virtual machine is suspended. So the wall clock is compared: after such a
 * sleep nothing may be used until it has been renewed.
 */
export function createLeaseClock(options: {
  timing: Pick<Timing, 'deadlineMs' | 'unwatchedDeadlineMs'>
  /** Whether others see that this process exists; see the liveness watch. */
  isWatched: () => boolean
  monotonicMs?: () => number
  wallMs?: () => number
}) {
  const { timing, isWatched, monotonicMs = () => performance.now(), wallMs = Date.now } = options
  let offsetMs = wallMs() - monotonicMs()
  let trustedFromMs = Number.NEGATIVE_INFINITY

  /** Monotonic milliseconds. Notices at the same time whether the machine has slept. */
  function now(): number {
    const nowMs = monotonicMs()
    const currentOffsetMs = wallMs() - nowMs
    if (currentOffsetMs - offsetMs >= SLEEP_MS) trustedFromMs = nowMs
    offsetMs = currentOffsetMs
    return nowMs
  }

  function isExpiredAt(lease: Lease, nowMs: number): boolean {
    const limitMs = isWatched() ? timing.deadlineMs : timing.unwatchedDeadlineMs
    return nowMs >= Math.max(lease.renewedAtMs + limitMs, lease.graceUntilMs ?? 0)
  }

  return {
    now,

    /** The deadline has passed: whoever uses it must stop, for good. */
    isExpired: (lease: Lease): boolean => isExpiredAt(lease, now()),

    /** It may be used at this moment. Cheap enough for each piece of media. */
    isUsable(lease: Lease): boolean {
      const nowMs = now()
      return lease.renewedAtMs >= trustedFromMs && !isExpiredAt(lease, nowMs)
    },

    /** True from a sleep of the machine until a renewal that was sent at or after `sentAtMs`. */
    isSuspect: (sentAtMs: number): boolean => {
      now()
      return sentAtMs < trustedFromMs
    },

    /** Lets a lease that has not expired yet go on until then. */
    extendTo(lease: Lease, untilMs: number): void {
      if (!isExpiredAt(lease, now())) lease.graceUntilMs = Math.max(lease.graceUntilMs ?? 0, untilMs)
    },
  }
}
