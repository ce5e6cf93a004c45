import type { ClusterEvent, LiveChange, LiveState } from '@kptv/contract'
import { signal } from '@preact/signals'
import { requestJson } from '../parts/request.ts'
import { applyChange } from './apply-change.ts'
import { EdgeLink } from './edge-link.ts'
import { RateHistory } from './in-play/rate-history.ts'
import { addLiveEvents } from './live-events.ts'
import { readSession } from './session.ts'

/** The cluster; undefined until it was heard of. */
export const live = signal<LiveState | undefined>(undefined)

/** How the page is connected to its edge. */
export const connection = signal<'connecting' | 'live' | 'polling' | 'lost'>('connecting')

/** Counts the polls of a page that cannot receive events. */
export const polls = signal(0)

/** Rates of the last minute, by channel. */
export const rates = new RateHistory()

const TICK_MS = 1_000

let lastHeardAtMs = 0

/** When the edge was last heard of, by the clock of this device. */
export function heardAtMs(): number {
  return lastHeardAtMs
}

/** How far the clock of the edge is ahead of that of this device. */
let aheadMs = 0

/** Now, by the clock of the edge, as all times that it sends. */
export function edgeNow(): number {
  return Date.now() + aheadMs
}

/** Follows the cluster from now on. @returns ends it */
export function followCluster(): () => void {
  const link = new EdgeLink({
    openEvents,
    poll: async () => {
      take(await requestJson<LiveState>('admin/live'))
      polls.value += 1
    },
    onState(state) {
      if (state !== 'lost') lastHeardAtMs = Date.now()
      connection.value = state
    },
    nowMs: () => performance.now(),
  })
  link.tick()
  const timer = setInterval(() => {
    if (connection.peek() !== 'lost') rates.sample(live.peek())
    link.tick()
  }, TICK_MS)
  return () => {
    link.close()
    clearInterval(timer)
  }
}

function take(state: LiveState): void {
  aheadMs = state.at - Date.now()
  live.value = state
}

function openEvents({
  heard,
  broken,
}: {
  readonly heard: () => void
  readonly broken: (isOver: boolean) => void
}): EventSource {
  const events = new EventSource('admin/events')
  const listen = (type: string, hear: (data: string) => void): void =>
    events.addEventListener(type, ({ data }) => {
      hear(data)
      heard()
    })
  listen('all', (data) => take(JSON.parse(data) as LiveState))
  listen('change', (data) => {
    const state = live.peek()
    if (state !== undefined) live.value = applyChange(state, JSON.parse(data) as LiveChange)
  })
  listen('events', (data) => addLiveEvents(JSON.parse(data) as ClusterEvent[]))
  listen('here', () => undefined)
  // The browser connects again, and names the last event it had; unless it was refused.
  events.addEventListener('error', () => {
    const isOver = events.readyState === EventSource.CLOSED
    broken(isOver)
    if (isOver) void readSession()
  })
  events.addEventListener('open', () => {
    if (live.peek() !== undefined) heard()
  })
  return events
}
