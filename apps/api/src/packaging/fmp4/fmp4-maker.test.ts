import { afterEach, expect, test } from '@jest/globals'
import { box, FTYP, moof, moov } from '@kptv/mp4/test-support'
import { createManualClock } from '@kptv/testkit'
import { createFakeFfmpeg, type FakeFfmpeg } from '../../../test-support/fake-ffmpeg.ts'
import type { SegmentList, SegmentRecord } from '../segment-list.ts'
import { Fmp4Maker } from './fmp4-maker.ts'
import type { MadeSegment } from './fmp4-run.ts'

const TARGET = 4 * 90_000
const record = (number: number, change: Partial<SegmentRecord> = {}): SegmentRecord => ({
  number,
  ticks: number * TARGET,
  durationTicks: TARGET,
  bytes: 188,
  checksum: number,
  atMs: number * 4_000,
  breaks: 0,
  isIndependent: true,
  tracks: '256:h264',
  ...change,
})

const INIT = Buffer.concat([FTYP, moov({ id: 1, handler: 'vide', timescale: 90_000 })])
/** What ffmpeg makes of a segment. */
const fragmentOf = (number: number): Buffer =>
  Buffer.concat([moof({ id: 1, decodeTime: number * TARGET }), box('mdat', Buffer.from(`${number}`))])

function createLeader() {
  const clock = createManualClock()
  const started: FakeFfmpeg[] = []
  const made: MadeSegment[] = []
  const state = { segments: [] as SegmentRecord[], missing: new Set<number>(), failures: 0 }
  const maker = new Fmp4Maker({
    format: 'fmp4',
    startFfmpeg(parameters) {
      const ffmpeg = createFakeFfmpeg(parameters)
      started.push(ffmpeg)
      return ffmpeg.process
    },
    source(): SegmentList {
      const facts = { codecs: 'avc1.64001f', width: 1_280, height: 720, framesPerSecond: 25 }
      return { targetSeconds: 6, facts, segments: state.segments }
    },
    bytesOf: (number) => (state.missing.has(number) ? undefined : [Buffer.from(`${number}`)]),
    lastMade: () => made.at(-1)?.source,
    onMade: (one) => void made.push(one),
    onFailed: () => {
      state.failures += 1
    },
    clock,
  })
  const settle = () => clock.advance(0)
  return {
    state,
    started,
    maker,
    settle,
    numbers: () => made.map(({ source }) => source.number),
    givenTo: (index: number) => started[index]?.given.map(String),
    /** The leader has cut these. */
    async cut(...records: readonly SegmentRecord[]) {
      state.segments = [...state.segments, ...records].slice(-15)
      maker.advance()
      await settle()
    },
    /** A second passes as often as that. */
    async pass(seconds: number) {
      for (let second = 0; second < seconds; second++) {
        await clock.advance(1_000)
        maker.tick()
        await settle()
      }
    },
  }
}

const leaders: Array<ReturnType<typeof createLeader>> = []
const start = () => {
  const leader = createLeader()
  leaders.push(leader)
  return leader
}
afterEach(() => {
  for (const { maker } of leaders.splice(0)) maker.stop()
})

test('a segment is made once the one behind it has begun to come back', async () => {
  const { cut, started, settle, numbers, givenTo } = start()
  await cut(record(1), record(2))
  expect(givenTo(0)).toEqual(['1', '2'])
  started[0]!.write(Buffer.concat([INIT, fragmentOf(1)]))
  await settle()
  expect(numbers()).toEqual([])
  started[0]!.write(fragmentOf(2))
  await settle()
  expect(numbers()).toEqual([1])
  await cut(record(3))
  started[0]!.write(fragmentOf(3))
  await settle()
  expect([numbers(), givenTo(0), started]).toEqual([[1, 2], ['1', '2', '3'], [expect.anything()]])
})

test('of a channel that has played for long, only what players are offered is made', async () => {
  const { cut, givenTo } = start()
  await cut(...Array.from({ length: 15 }, (_, index) => record(index + 101)))
  expect(givenTo(0)?.[0]).toBe('109')
})

test.each([
  ['a break in time or tracks', record(3, { breaks: 1 })],
  ['other tracks', record(3, { tracks: '256:h264,257:aac' })],
])('behind %s another ffmpeg goes on, once the first has given all', async (_, third) => {
  const { cut, started, settle, numbers, givenTo, state } = start()
  await cut(record(1), record(2), third)
  expect([givenTo(0), started[0]!.isInputOver(), started.length]).toEqual([['1', '2'], true, 1])
  started[0]!.write(Buffer.concat([INIT, fragmentOf(1), fragmentOf(2)]))
  started[0]!.end(0)
  await settle()
  expect(numbers()).toEqual([1, 2])
  expect([givenTo(1), state.failures]).toEqual([['3'], 0])
})

test('another size of the video has another header', async () => {
  const { cut, started, givenTo } = start()
  const [small, large] = ['avc1.64001f 1280 720', 'avc1.640028 1920 1080']
  // Not only in the newest segment: a node that has just begun to lead has several to make.
  await cut(
    record(1, { coding: small }),
    record(2),
    record(3, { coding: small }),
    record(4, { coding: large }),
    record(5),
  )
  expect([givenTo(0), started[0]!.isInputOver()]).toEqual([['1', '2', '3'], true])
})

test('a segment that this node has lost is left out', async () => {
  const { cut, state, started, settle, givenTo, numbers } = start()
  state.missing.add(2)
  await cut(record(1), record(2), record(3))
  expect([givenTo(0), started[0]!.isInputOver()]).toEqual([['1'], true])
  started[0]!.write(Buffer.concat([INIT, fragmentOf(1)]))
  started[0]!.end(0)
  await settle()
  expect([numbers(), givenTo(1)]).toEqual([[1], ['3']])
})

test('an ffmpeg that dies is started again after a pause, with what it owes', async () => {
  const { cut, started, settle, givenTo, numbers, state, pass } = start()
  await cut(record(1), record(2))
  started[0]!.write(Buffer.concat([INIT, fragmentOf(1), fragmentOf(2)]))
  await settle()
  started[0]!.end(139)
  await settle()
  expect([numbers(), state.failures, started.length]).toEqual([[1], 1, 1])
  await pass(1)
  expect(givenTo(1)).toEqual(['2'])
})

test('one that dies with a segment time and again leaves it out, and the pauses grow to half a minute', async () => {
  const { cut, started, state, pass, settle, givenTo } = start()
  await cut(record(1), record(2))
  const pauses: number[] = []
  for (let turn = 0; turn < 8; turn++) {
    started.at(-1)!.end(1)
    await settle()
    let seconds = 0
    for (; started.length === turn + 1; seconds++) await pass(1)
    pauses.push(seconds)
  }
  expect(pauses).toEqual([1, 2, 4, 8, 16, 30, 30, 30])
  expect(state.failures).toBe(8)
  expect([givenTo(0), givenTo(1)]).toEqual([['1', '2'], ['2']])
})

test('one that takes bytes and gives none is ended', async () => {
  const { cut, started, state, pass } = start()
  await cut(record(1))
  await pass(60)
  // Waiting for a second segment is no stall.
  expect(started[0]!.isKilled()).toBe(false)
  await cut(record(2))
  await pass(12)
  expect([started[0]!.isKilled(), state.failures]).toEqual([true, 1])
})

test('one that does not end when it should is ended', async () => {
  const { cut, started, pass } = start()
  await cut(record(1), record(2, { breaks: 1 }))
  await pass(12)
  expect(started[0]!.isKilled()).toBe(true)
})

test('what is no MP4 is a failure, and nothing is made of it', async () => {
  const { cut, started, settle, numbers, state } = start()
  await cut(record(1), record(2))
  started[0]!.write(Buffer.from('0000moov and so on'))
  await settle()
  expect([started[0]!.isKilled(), numbers(), state.failures]).toEqual([true, [], 1])
})

test('a leader that leads no more makes nothing more', async () => {
  const { cut, started, settle, maker, numbers, state } = start()
  await cut(record(1), record(2))
  maker.stop()
  started[0]!.write(Buffer.concat([INIT, fragmentOf(1), fragmentOf(2)]))
  await settle()
  expect([started[0]!.isKilled(), numbers(), state.failures, started.length]).toEqual([true, [], 0, 1])
})
