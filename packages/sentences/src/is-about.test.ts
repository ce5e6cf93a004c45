import { expect, test } from '@jest/globals'
import type { ClusterEvent, EventFacts } from '@kptv/contract'
import { isAbout } from './is-about.ts'

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

test.each([
  [{}, true, true],
  [{ channel: 'news' }, true, false],
  [{ channel: 'other' }, false, false],
  [{ source: 'a' }, true, false],
  [{ source: 'b' }, true, false],
  [{ source: 'c' }, false, false],
  [{ node: 'edge-2' }, false, true],
  [{ node: 'edge-1', channel: 'news' }, true, false],
  [{ channel: '' }, true, true],
])('%j', (filter, first, second) => {
  expect([isAbout(CHANGED, filter), isAbout(DRAINS, filter)]).toEqual([first, second])
})

test('an order given at one node for another is about both', () => {
  const drain = { type: 'order', order: 'drain', outcome: 'done', address: '192.0.2.7', target: 'edge-2' } as const
  const wanted = ['edge-1', 'edge-2', 'edge-3'].filter((node) => isAbout(event('3-0', drain), { node }))
  expect(wanted).toEqual(['edge-1', 'edge-2'])
})
