import { expect, test } from '@jest/globals'
import { type Fragment, FragmentSplitter, Splicer, TICKS_PER_SECOND } from '@kptv/mpegts'
import { createTransportStreamMaker } from '@kptv/testkit'
import { FragmentLog, isSegment } from './fragment-log.ts'
import type { SegmentRecord } from './segment-list.ts'

const RULE = { targetTicks: 2 * TICKS_PER_SECOND, maxTicks: 3.49 * TICKS_PER_SECOND }

/** What two nodes have of one channel: the very same output. */
function fragments(ms: number, options: Parameters<typeof createTransportStreamMaker>[0] = {}): Fragment[] {
  const found: Fragment[] = []
  const splitter = new FragmentSplitter((fragment) => found.push(fragment))
  const splicer = new Splicer({ sink: (packets) => splitter.push(packets) })
  splicer.startInput({ sameStream: false })
  splicer.push(createTransportStreamMaker(options).next(ms))
  return found
}

function logOf(given: readonly Fragment[], maxBytes = Number.POSITIVE_INFINITY): FragmentLog {
  const log = new FragmentLog(maxBytes)
  for (const fragment of given) log.push(fragment)
  return log
}

function cutAll(log: FragmentLog, after?: SegmentRecord) {
  const segments: Array<{ readonly record: SegmentRecord; readonly parts: readonly Buffer[] }> = []
  let last = after
  for (let cut = log.cut(last, RULE); cut !== undefined; cut = log.cut(last, RULE)) {
    last = { ...cut.segment, number: segments.length, atMs: 0, breaks: 0 }
    segments.push({ record: last, parts: cut.parts })
  }
  return segments
}

test('a follower finds the exact bytes of each segment that the leader has cut', () => {
  const media = fragments(10_000)
  const cut = cutAll(logOf(media))
  const follower = logOf(media)
  expect(cut.length).toBeGreaterThan(3)
  for (const { record, parts } of cut) {
    const taken = follower.take(record)
    expect(Buffer.concat(taken!).equals(Buffer.concat(parts))).toBe(true)
  }
})

test('a follower that joined later has the segments from then on', () => {
  const media = fragments(10_000)
  const cut = cutAll(logOf(media))
  const follower = logOf(media.slice(media.findIndex(({ isJoinPoint }, index) => index > 0 && isJoinPoint)))
  expect(cut.map(({ record }) => follower.take(record) !== undefined)).toEqual([false, true, true, true])
})

test('a follower whose bytes differ finds no segment', () => {
  const cut = cutAll(logOf(fragments(10_000)))
  const follower = logOf(fragments(10_000, { streamId: 'other' }))
  expect(cut.map(({ record }) => follower.take(record))).toEqual(cut.map(() => undefined))
})

test('the next leader cuts from the end of the last segment, wherever the former one stopped', () => {
  const media = fragments(20_000)
  const all = cutAll(logOf(media))
  for (const known of [1, 3, 5]) {
    const successor = logOf(media)
    for (const { record } of all.slice(0, known)) successor.take(record)
    const continued = cutAll(successor, all[known - 1]!.record)
    expect(continued.map(({ record }) => record.checksum)).toEqual(
      all.slice(known).map(({ record }) => record.checksum),
    )
  }
})

test('a leader with a different clock starts with its next key frame', () => {
  const [last] = cutAll(logOf(fragments(10_000)))
  const [cut] = cutAll(logOf(fragments(10_000, { startTicks: 90_000 * 5_000 })), last!.record)
  expect(cut!.record).toMatchObject({ isIndependent: true, durationTicks: 2 * TICKS_PER_SECOND })
})

test('is bounded, and continues with what is left', () => {
  const media = fragments(20_000)
  const log = logOf(media, 1_000_000)
  const bytes = cutAll(log).reduce((sum, { record }) => sum + record.bytes, 0)
  expect(bytes).toBeGreaterThan(0)
  expect(bytes).toBeLessThan(1_000_000)
})

test('a segment is identified by length and checksum', () => {
  const [{ record, parts }] = cutAll(logOf(fragments(10_000))) as [ReturnType<typeof cutAll>[number]]
  expect(isSegment(parts, record)).toBe(true)
  const wrong = Buffer.concat(parts)
  wrong[1_000] = wrong[1_000]! ^ 1
  expect(isSegment([wrong], record)).toBe(false)
  expect(isSegment(parts.slice(1), record)).toBe(false)
})
