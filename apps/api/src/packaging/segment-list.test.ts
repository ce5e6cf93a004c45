import { expect, test } from '@jest/globals'
import { TICKS_PER_SECOND } from '@kptv/mpegts'
import {
  addSegment,
  type CutSegment,
  firstNumber,
  KEPT,
  lastNumber,
  readSegmentList,
  type SegmentList,
} from './segment-list.ts'

const S = TICKS_PER_SECOND
const facts = { codecs: undefined, width: undefined, height: undefined, framesPerSecond: undefined }
const cut = (more: Partial<CutSegment> = {}): CutSegment => ({
  ticks: 0,
  durationTicks: 4 * S,
  bytes: 188,
  checksum: 1,
  isIndependent: true,
  tracks: '256:h264',
  facts,
  ...more,
})
const otherwise = { number: 100, targetSeconds: 6, atMs: 50_000 }
const first = addSegment(undefined, cut(), otherwise)

test("numbers grow by one, and dates by the media's time", () => {
  const { segments } = addSegment(first, cut({ ticks: 4 * S }), { ...otherwise, number: 7, atMs: 0 })
  expect(segments.map(({ number, atMs, breaks }) => [number, atMs, breaks])).toEqual([
    [100, 50_000, 0],
    [101, 54_000, 0],
  ])
})

test.each<[string, Partial<CutSegment>, number, number]>([
  ['the clock ran full', { ticks: 4 * S - 2 ** 33 }, 0, 54_000],
  ['media is missing', { ticks: 7 * S }, 0, 57_000],
  ['the clock steps back', { ticks: 0 }, 1, 90_000],
  ['the clock is another one', { ticks: 5_000 * S }, 1, 90_000],
  ['the tracks are others', { ticks: 4 * S, tracks: '256:hevc' }, 1, 54_000],
])('%s: whether that is a break, and the date', (_, more, breaks, atMs) => {
  const { segments } = addSegment(first, cut(more), { ...otherwise, atMs: 90_000 })
  expect(segments.at(-1)).toMatchObject({ number: 101, breaks, atMs })
})

test('a segment that starts with a key frame says how its video is coded', () => {
  const facts = { codecs: 'avc1.64001f', width: 1_280, height: 720, framesPerSecond: 25 }
  const codingOf = (change: Partial<CutSegment>) =>
    addSegment(undefined, { ...cut(), facts, ...change }, { number: 1, targetSeconds: 6, atMs: 0 }).segments[0]!.coding
  expect(codingOf({})).toBe('avc1.64001f 1280 720')
  expect(codingOf({ facts: { ...facts, height: 576 } })).not.toBe(codingOf({}))
  expect(codingOf({ isIndependent: false })).toBeUndefined()
  expect(first.segments[0]!.coding).toBeUndefined()
})

test('a list is bounded, and its segments count the breaks that have left it', () => {
  let list: SegmentList = first
  for (let index = 0; index < 40; index++) list = addSegment(list, cut({ ticks: 0 }), otherwise)
  expect(list.segments).toHaveLength(KEPT)
  expect(lastNumber(list)).toBe(140)
  expect(list.segments.map(({ breaks }) => breaks)).toEqual(Array.from({ length: KEPT }, (_, index) => 26 + index))
})

test('a channel that restarts gets higher numbers than ever before', () => {
  const beganAtS = Date.UTC(2026, 0) / 1_000
  const segments = 3_600 / 2
  expect(firstNumber(beganAtS + 3_600)).toBeGreaterThan(firstNumber(beganAtS) + segments)
  expect(firstNumber(Date.UTC(2080, 0) / 1_000)).toBeLessThan(2 ** 31)
})

test('a list is read as it was written, and anything else is refused', () => {
  expect(readSegmentList(JSON.stringify(first))).toEqual(first)
  const [segment] = first.segments
  const bad: unknown[] = [
    null,
    {},
    { ...first, segments: [] },
    { ...first, segments: [null] },
    { ...first, segments: [segment, segment] },
    { ...first, segments: [{ ...segment, bytes: -1 }] },
    { ...first, segments: [{ ...segment, atMs: 1e300 }] },
    { ...first, segments: Array.from({ length: KEPT + 1 }, (_, index) => ({ ...segment, number: index })) },
    { ...first, facts: null },
    { ...first, targetSeconds: 'six' },
  ]
  for (const list of bad) expect(readSegmentList(JSON.stringify(list))).toBeUndefined()
  expect(readSegmentList('no JSON')).toBeUndefined()
})
