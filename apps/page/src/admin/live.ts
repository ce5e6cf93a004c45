import type { ClusterEvent, LiveChange, LiveState } from '@kptv/contract'
import { signal } from '@preact/signals'
import { requestJson } from '../parts/request.ts'
import { applyChange } from './apply-change.ts'
import { RateHistory } from './in-play/rate-history.ts'
import { readSession } from './session.ts'
import { addTold } from './told.ts'

/** The cluster; undefined until it was heard of. */
export const live = signal<LiveState | undefined>(undefined)

/** How the page is connected to its edge. */
export const connection = signal<'connecting' | 'live' | 'polling' | 'lost'>('connecting')

/** Counts the polls of a page that cannot receive events. */
export const polls = signal(0)

/** Rates of the last minute, by channel. */
export const rates = new RateHistory()

const POLL_MS = 5_000
/** Some proxies hold events back: then the page asks. */
const PATIENCE_MS = 10_000

/** Follows the cluster from now on. @returns ends it */
export function followCluster(): () => void {
  const events = new EventSource('admin/events')
  let pollTimer: ReturnType<typeof setInterval> | undefined
  const patience = setTimeout(() => {
    if (live.peek() !== undefined) return
    events.close()
    pollTimer = setInterval(() => void poll(), POLL_MS)
    void poll()
  }, PATIENCE_MS)
  const sampleTimer = setInterval(() => rates.sample(live.peek()), 1_000)
  events.addEventListener('all', ({ data }) => {
    live.value = JSON.parse(data) as LiveState
    connection.value = 'live'
  })
  events.addEventListener('change', ({ data }) => {
    const state = live.peek()
    if (state !== undefined) live.value = applyChange(state, JSON.parse(data) as LiveChange)
    connection.value = 'live'
  })
  events.addEventListener('told', ({ data }) => addTold(JSON.parse(data) as ClusterEvent[]))
  // The browser connects again, and names the last event it had; unless its login has ended.
  events.addEventListener('error', () => {
    connection.value = 'lost'
    if (events.readyState === EventSource.CLOSED) void readSession()
  })
  events.addEventListener('open', () => {
    if (live.peek() !== undefined) connection.value = 'live'
  })
  return () => {
    events.close()
    clearTimeout(patience)
    clearInterval(pollTimer)
    clearInterval(sampleTimer)
  }
}

async function poll(): Promise<void> {
  try {
    live.value = await requestJson<LiveState>('admin/live')
    connection.value = 'polling'
    polls.value += 1
  } catch {
    connection.value = 'lost'
  }
}
