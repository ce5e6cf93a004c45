import type { ClusterEvent, EventList, EventType } from '@kptv/contract'
import { computed, type ReadonlySignal } from '@preact/signals'
import { createRemote } from '../../parts/remote.ts'
import { connection, polls } from '../live.ts'
import { liveEvents, mergeEvents } from '../live-events.ts'
import { isLoggedIn } from '../session.ts'

/** Lists that were read, and what was wrong with them; the newest first. */
export const listEvents = followEvents(['list-read', 'alarm', 'alarm-over'])

/** Streams that failed or were changed, the newest first. */
export const streamEvents = followEvents(['stream-failed', 'stream-changed'])

/** Read once, and again after the page was cut off; what happens from then on arrives as events. */
function followEvents(types: readonly EventType[]): ReadonlySignal<readonly ClusterEvent[]> {
  const log = createRemote<EventList>(() => {
    // A page that polls gets no events.
    if (!isLoggedIn.value || connection.value === 'lost' || polls.value < 0) return undefined
    return `admin/log?${new URLSearchParams(types.map((type) => ['type', type]))}`
  })
  return computed(() =>
    mergeEvents(liveEvents.value, log.value.answer?.events ?? [], ({ facts }) => types.includes(facts.type)),
  )
}
