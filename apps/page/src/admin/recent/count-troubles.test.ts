import { expect, test } from '@jest/globals'
import type { ClusterEvent, EventFacts } from '@kptv/contract'
import { countChanges, failureBeats } from './count-troubles.ts'

const MINUTE = 60_000
const NOW = 1_000 * MINUTE

function event(minutesAgo: number, facts: EventFacts): ClusterEvent {
  return { id: String(minutesAgo), at: NOW - minutesAgo * MINUTE, node: 'edge-1', facts }
}

function failed(minutesAgo: number, source: string): ClusterEvent {
  const names = { channelName: 'News', sourceName: source }
  return event(minutesAgo, { type: 'stream-failed', channel: 'news', source, stream: 's', code: 'stalled', ...names })
}

function changed(minutesAgo: number, channel: string): ClusterEvent {
  const sources = { source: 'a', sourceName: 'A', fromSource: 'b', fromSourceName: 'B' }
  return event(minutesAgo, { type: 'stream-changed', channel, channelName: channel, stream: 's', ...sources })
}

test('counts changes of the last ten minutes, but not those of other channels or failures', () => {
  const events = [changed(1, 'news'), failed(2, 'a'), changed(3, 'other'), changed(9.9, 'news'), changed(10, 'news')]
  expect(countChanges(events, 'news', NOW)).toBe(2)
})

test("puts an hour's failures into twelve beats, the latest last; a clock that is ahead counts as now", () => {
  const events = [failed(-1, 'a'), failed(0, 'a'), failed(4.9, 'b'), failed(5, 'a'), failed(59, 'a'), failed(60, 'a')]
  expect(failureBeats(events, 'a', NOW)).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2])
})
