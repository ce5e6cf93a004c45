import type { ClusterEvent } from '@kptv/contract'
import { signal } from '@preact/signals'

/** What happened while the page was open, the newest first. */
export const liveEvents = signal<readonly ClusterEvent[]>([])

const MAX_LIVE_EVENTS = 200

export function addLiveEvents(events: readonly ClusterEvent[]): void {
  liveEvents.value = [...events.toReversed(), ...liveEvents.peek()].slice(0, MAX_LIVE_EVENTS)
}

/** One list, each event once, the newest first. */
export function mergeEvents(
  added: readonly ClusterEvent[],
  read: readonly ClusterEvent[],
  isWanted: (event: ClusterEvent) => boolean,
): readonly ClusterEvent[] {
  const known = new Set(read.map(({ id }) => id))
  return [...added.filter((event) => !known.has(event.id) && isWanted(event)), ...read]
}
