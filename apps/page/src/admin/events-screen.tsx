import type { ClusterEvent, EventList, LiveState } from '@kptv/contract'
import { type EventFilter, isAbout } from '@kptv/sentences'
import { computed } from '@preact/signals'
import { replaceRoute, route } from '../parts/navigation.ts'
import { Notice, Problem } from '../parts/notice.tsx'
import { createRemote } from '../parts/remote.ts'
import { addressOf } from '../parts/route.ts'
import { adminWords } from '../words/admin/admin-words.ts'
import { words } from '../words/words.ts'
import { type Choice, choicesOf } from './event-choices.ts'
import { EventRows } from './event-rows.tsx'
import { connection, polls } from './live.ts'
import { liveEvents, mergeEvents } from './live-events.ts'
import { session } from './session.ts'

const filter = computed((): EventFilter => (route.value.screen === 'events' ? route.value.values : {}))

const isCutOff = computed(() => connection.value === 'lost')

const log = createRemote<EventList>(() => {
  if (route.value.screen !== 'events' || session.value === 'required' || session.value === undefined) return undefined
  // What happened while the page was cut off is read again; a page that polls gets no events.
  if (isCutOff.value || polls.value < 0) return undefined
  const query = new URLSearchParams(Object.entries(filter.value))
  return `admin/log${query.size === 0 ? '' : `?${query}`}`
})

/** What happened, the newest first. */
export function EventsScreen({ state }: { readonly state: LiveState }) {
  const { admin } = words.value
  const { answer, error } = log.value
  const events = mergeEvents(liveEvents.value, answer?.events ?? [], (event) => isAbout(event, filter.value))
  return (
    <div class="events-screen">
      <div class="list-head">
        <h1>{admin.events}</h1>
        <Filters state={state} events={events} />
      </div>
      {error !== undefined && <Problem error={error} />}
      {answer !== undefined && events.length === 0 && <Notice title={admin.noEvents} help={admin.noEventsHelp} />}
      <EventRows events={events} />
    </div>
  )
}

function Filters({ state, events }: { readonly state: LiveState; readonly events: readonly ClusterEvent[] }) {
  const { filters } = adminWords.value
  const { source, node, channel } = choicesOf(state, events, filter.value)
  return (
    <div class="filters">
      <Filter name="source" label={filters.source} options={source} />
      <Filter name="node" label={filters.node} options={node} />
      <Filter name="channel" label={filters.channel} options={channel} />
    </div>
  )
}

type FilterProps = {
  readonly name: keyof EventFilter
  readonly label: string
  readonly options: readonly Choice[]
}

function Filter({ name, label, options }: FilterProps) {
  const { admin } = words.value
  const choose = (value: string): void => replaceRoute(addressOf('events', { ...filter.value, [name]: value }))
  return (
    <label class="filter">
      <span>{label}</span>
      <select value={filter.value[name] ?? ''} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">{admin.all}</option>
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
}
