import type { ClusterEvent } from '@kptv/contract'
import { isAbout } from '@kptv/sentences'
import { addressOf } from '../../parts/route.ts'
import { adminWords } from '../../words/admin/admin-words.ts'
import { EventRows } from '../event-rows.tsx'
import { listEvents } from './recent-events.ts'

const MAX_BARS = 10
const MAX_SHOWN = 3

/** How the list of a source has changed: a bar for each time, and the last ones as sentences. */
export function ListHistory({ source }: { readonly source: string }) {
  const { recent } = adminWords.value
  const events = listEvents.value.filter((event) => isAbout(event, { source }))
  if (events.length === 0) return null
  return (
    <div class="list-history">
      <h3 class="unseen">{recent.lists}</h3>
      <EventRows events={events.slice(0, MAX_SHOWN)} />
      <Bars events={events.slice(0, MAX_BARS).toReversed()} />
      {events.length > MAX_SHOWN && <a href={addressOf('events', { source })}>{recent.allOfSource}</a>}
    </div>
  )
}

/** As high as the list was long; a full one in another colour for an alarm. */
function Bars({ events }: { readonly events: readonly ClusterEvent[] }) {
  const max = Math.max(1, ...events.map(({ facts }) => (facts.type === 'list-read' ? facts.entries : 0)))
  return (
    <span class="list-bars" aria-hidden="true">
      {events.map(({ id, facts: { type, ...facts } }) => {
        const share = 'entries' in facts ? facts.entries / max : 1
        return (
          <span key={id} class={`list-bar list-bar-${type}`} style={{ height: `${Math.max(0.1, share) * 100}%` }} />
        )
      })}
    </span>
  )
}
