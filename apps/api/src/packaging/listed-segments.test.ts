import { expect, test } from '@jest/globals'
import { createManualClock } from '@kptv/testkit'
import { createMemorySegmentLists } from '../../test-support/memory-segment-lists.ts'
import { ListedSegments } from './listed-segments.ts'
import type { SegmentList } from './segment-list.ts'
import { SegmentMemory } from './segment-store.ts'

const segments = [101, 102, 103, 104].map((number) => ({
  number,
  ticks: number * 360_000,
  durationTicks: 360_000,
  bytes: 3,
  checksum: 1,
  atMs: number * 4_000,
  breaks: 0,
  isIndependent: true,
  tracks: '256:h264',
}))
const facts = { codecs: undefined, width: undefined, height: undefined, framesPerSecond: undefined }
const list: SegmentList = { targetSeconds: 6, facts, segments }

test.each([
  ['the last ones, which no node has', [101, 102], [101, 102]],
  ['none that lies before one that a node has', [101, 104], [101, 102, 103, 104]],
  ['none where nothing is lost', [101, 102, 103, 104], [101, 102, 103, 104]],
  ['all but the first, if all are lost', [], [101]],
])('a new leader remakes %s', async (_, onOtherNodes, kept) => {
  const { lists, state } = createMemorySegmentLists(0)
  state.list = { text: JSON.stringify(list), incarnation: 'dead' }
  const listed = new ListedSegments({
    channelId: 'news',
    lists,
    incarnation: () => 'one',
    wallMs: () => 0,
    askLeader: async () => undefined,
    handedOn: async () => undefined,
    memory: new SegmentMemory(1_000),
    clock: createManualClock(),
    term: () => 2,
    take: () => undefined,
    fetchSegment: async ({ number }) => (onOtherNodes.includes(number) ? [Buffer.from('abc')] : undefined),
  })
  await listed.publisher.claim(2)
  await listed.forgetLost()
  expect(listed.publisher.newest!.segments.map(({ number }) => number)).toEqual(kept)
  expect(listed.publisher.list).toEqual(list)
  listed.close(false)
})
