import { expect, test } from '@jest/globals'
import { readSegmentList, type SegmentList, type SegmentRecord } from '../segment-list.ts'
import { addMade } from './add-made.ts'

const TARGET = 4 * 90_000
const record = (number: number, breaks = 0): SegmentRecord => ({
  number,
  ticks: number * TARGET,
  durationTicks: TARGET,
  bytes: 188,
  checksum: 1,
  atMs: number * 4_000,
  breaks,
  isIndependent: true,
  tracks: '256:h264,257:ac3',
})
const facts = { codecs: 'avc1.64001f,ac-3', width: 1_280, height: 720, framesPerSecond: 25 }
const source: SegmentList = { targetSeconds: 6, facts, segments: [record(1), record(2), record(3, 1), record(4, 1)] }
const of = { source, format: 'fmp4' as const }

const made = (segment: SegmentRecord, { init = 'init', startTicks = segment.ticks, isSync = true } = {}) => ({
  source: segment,
  init: Buffer.from(init),
  fragments: [
    { bytes: Buffer.from('moof-'), ticks: startTicks, endTicks: undefined, isSync },
    { bytes: Buffer.from('mdat'), ticks: startTicks + 90_000, endTicks: undefined, isSync: false },
  ],
})

const breaksOf = ({ segments }: SegmentList) => segments.map(({ breaks }) => breaks)

test('a segment keeps its number, times and date, and gets its own bytes and header', () => {
  const { list, parts } = addMade(undefined, made(record(1)), of)
  expect(list.segments[0]).toMatchObject({ ...record(1), bytes: 9, checksum: expect.any(Number) })
  expect(Buffer.concat(parts).toString()).toBe('moof-mdat')
  expect(list.inits).toEqual({ [list.segments[0]!.fmp4!.init]: Buffer.from('init').toString('base64') })
  expect(readSegmentList(JSON.stringify(list))).toEqual(list)
})

test('breaks are those of MPEG-TS', () => {
  let list: SegmentList | undefined
  for (const segment of source.segments) ({ list } = addMade(list, made(segment), of))
  expect(breaksOf(list!)).toEqual([0, 0, 1, 1])
})

test('a different header or clock is a break too', () => {
  const first = addMade(undefined, made(record(1)), of).list
  const header = addMade(first, made(record(2), { init: 'other' }), of).list
  expect([breaksOf(header), Object.keys(header.inits!).length]).toEqual([[0, 1], 2])
  const clock = addMade(first, made(record(2), { startTicks: 2 ** 33 + 2 * TARGET }), of).list
  expect(breaksOf(clock)).toEqual([0, 1])
})

test('the list starts afresh after a segment that could not be made', () => {
  const first = addMade(undefined, made(record(1)), of).list
  const { list } = addMade(first, made(record(4, 1)), of)
  expect(list.segments.map(({ number, breaks }) => [number, breaks])).toEqual([[4, 1]])
})

test('headers that no segment needs are dropped', () => {
  const long = Array.from({ length: 20 }, (_, index) => record(index + 1))
  let list = addMade(undefined, made(record(0), { init: 'first' }), of).list
  for (const segment of long)
    ({ list } = addMade(list, made(segment), { ...of, source: { ...source, segments: long } }))
  expect(Object.keys(list.inits!)).toHaveLength(1)
})

test('codecs are those of the content, and a segment that starts without a key frame says so', () => {
  const { list } = addMade(undefined, made(record(1), { isSync: false }), { source, format: 'fmp4-aac' })
  expect([list.facts.codecs, list.segments[0]!.isIndependent]).toEqual(['avc1.64001f,mp4a.40.2', false])
})

test('a list that lacks a header its segment needs is not a list', () => {
  const { list } = addMade(undefined, made(record(1)), of)
  expect(readSegmentList(JSON.stringify({ ...list, inits: {} }))).toBeUndefined()
  const [segment] = list.segments
  const badName = { ...list, segments: [{ ...segment, fmp4: { ...segment!.fmp4, init: '../x' } }] }
  expect(readSegmentList(JSON.stringify(badName))).toBeUndefined()
})
