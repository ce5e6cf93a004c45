import type { ClusterEvent } from '@kptv/contract'

/** A channel that changes its stream more often than once in this time is not well. */
const CHANGES_MS = 10 * 60_000
const BEATS = 12
const BEAT_MS = 5 * 60_000

/** Times that the channel has gone over to another stream in the last ten minutes. */
export function countChanges(events: readonly ClusterEvent[], channel: string, nowMs: number): number {
  return events.filter(
    ({ at, facts }) => facts.type === 'stream-changed' && facts.channel === channel && nowMs - at < CHANGES_MS,
  ).length
}

/** Failures of a source in each five minutes of the last hour, the latest last. */
export function failureBeats(events: readonly ClusterEvent[], source: string, nowMs: number): readonly number[] {
  const beats = Array.from({ length: BEATS }, () => 0)
  for (const { at, facts } of events) {
    if (facts.type !== 'stream-failed' || facts.source !== source) continue
    const index = BEATS - 1 - Math.floor(Math.max(0, nowMs - at) / BEAT_MS)
    if (index >= 0) beats[index]! += 1
  }
  return beats
}
