import { expect, test } from '@jest/globals'
import type { ClusterEvent, EventFacts } from '@kptv/contract'
import { mergeEvents } from './live-events.ts'

const event = (id: string, facts: EventFacts, node = 'edge-1'): ClusterEvent => ({ id, at: 1, node, facts })
const CHANGED = event('2-0', {
  type: 'stream-changed',
  channel: 'news',
  channelName: 'News',
  source: 'b',
  sourceName: 'B',
  fromSource: 'a',
  fromSourceName: 'A',
  stream: 's',
  afterMs: 10,
})
const DRAINS = event('1-0', { type: 'node-drains' }, 'edge-2')

test('an event that was both read and sent is shown once, and only if it is wanted', () => {
  expect(mergeEvents([CHANGED, DRAINS], [DRAINS], () => true)).toEqual([CHANGED, DRAINS])
  expect(mergeEvents([CHANGED], [DRAINS], () => false)).toEqual([DRAINS])
})
