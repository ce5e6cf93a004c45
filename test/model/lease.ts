import type { Process } from './process.ts'
import type { Rules } from './rules.ts'

/**
 * When something held in Redis was last known to be ours, by the local clock, counted from before
 * the request was sent.
 */
export type Lease = { freshAt: number; suspendedMs: number; graceUntil: number }

export type Watch = { up: boolean; upSince: number }

export function stamp(process: Process): Lease {
  return { freshAt: process.monotonicMs(), suspendedMs: process.suspendedMs(), graceUntil: 0 }
}

export function renewLease(lease: Lease, sent: Lease): void {
  if (sent.freshAt < lease.freshAt) return
  lease.freshAt = sent.freshAt
  lease.suspendedMs = sent.suspendedMs
}

/**
 * The own deadline; the shorter one from when nobody could see whether this process lives until a
 * renewal was sent after that.
 */
export function endOfLease(lease: Lease, watch: Watch, rules: Rules): number {
  const { deadlineMs, unwatchedDeadlineMs } = rules.timing
  const isWatched = watch.up && lease.freshAt >= watch.upSince
  return Math.max(lease.freshAt + (isWatched ? deadlineMs : unwatchedDeadlineMs), lease.graceUntil)
}

export function isLeaseValid(
  lease: Lease,
  watch: Watch,
  { process, rules }: { readonly process: Process; readonly rules: Rules },
): boolean {
  if (rules.suspensionIsNoticed && process.suspendedMs() - lease.suspendedMs >= 500) return false
  return process.monotonicMs() < endOfLease(lease, watch, rules)
}
