import { expect, test } from '@jest/globals'
import type { LiveNode, LiveState } from '@kptv/contract'
import { applyChange } from './apply-change.ts'
import { summaryOf } from './summary.ts'

const NODE: LiveNode = {
  node: 'edge-1',
  version: '1',
  state: 'serving',
  since: 1,
  viewers: 2,
  leads: 1,
  follows: 0,
  sentBitsPerSecond: 5_000_000,
  ringBytes: 0,
  direct: [],
}
const STATE: LiveState = { at: 1, nodes: { a: NODE, b: NODE }, channels: {}, sources: {}, notices: {} }

test('changed fields are new, null rows are removed, all others stay the same objects', () => {
  const after = applyChange(STATE, { nodes: { a: { viewers: 3 }, b: null, c: NODE } })
  expect(after.nodes).toEqual({ a: { ...NODE, viewers: 3 }, c: NODE })
  expect(after.sources).toBe(STATE.sources)
  expect(STATE.nodes.a?.viewers).toBe(2)
})

test('the summary counts present nodes, and says what needs attention', () => {
  const gone = { ...NODE, state: 'gone', viewers: 0, sentBitsPerSecond: 0 } as const
  const summary = summaryOf({ ...STATE, nodes: { a: NODE, b: gone }, notices: { 0: { text: 'line 3: no' } } })
  expect(summary).toMatchObject({ viewers: 2, channels: 0, nodes: 1, sentBitsPerSecond: 5_000_000, gone: 1 })
  expect(summary.problems).toEqual([{ key: 'notice-0', text: 'line 3: no' }])
})

test('viewers of VOD and catch-up are counted separately from those of channels', () => {
  const direct = [{ channel: 'x', name: 'Movie', kind: 'vod', viewers: 3 }] as const
  const summary = summaryOf({ ...STATE, nodes: { a: { ...NODE, viewers: 5, direct }, b: NODE } })
  expect([summary.viewers, summary.direct]).toEqual([4, 3])
})

test('the summary says when nothing is known of other nodes, and how many channels wait for a connection', () => {
  const channels = { a: { phase: 'playing' }, b: { phase: 'reserving' }, c: { phase: 'waiting' } }
  const known = summaryOf({ ...STATE, channels: channels as never })
  expect([known.waiting, known.isRedisAway]).toEqual([2, false])
  const unknown = summaryOf({ ...STATE, notices: { 'redis-away': { text: 'Redis does not answer.' } } })
  expect([unknown.problems, unknown.isRedisAway]).toEqual([[], true])
})
