import type { ClusterEvent } from '@kptv/contract'
import { format } from '../words/format.ts'
import { EventRow } from './event-row.tsx'

/** Events, the newest first. */
export function EventRows({ events }: { readonly events: readonly ClusterEvent[] }) {
  const { day } = format.value
  return (
    <ol class="events">
      {events.map((event, index) => (
        <EventRow key={event.id} event={event} isNewDay={index === 0 || day(events[index - 1]!.at) !== day(event.at)} />
      ))}
    </ol>
  )
}
