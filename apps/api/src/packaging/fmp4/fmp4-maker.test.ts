import { afterEach, expect, test } from '@jest/globals'
import { box, FTYP, moof, moov } from '@kptv/mp4/test-support'
import { createManualClock } from '@kptv/testkit'
import { createFakeFfmpeg, type FakeFfmpeg } from '../../../test-support/fake-ffmpeg.ts'
import type { Fmp4Format } from '../../http/segment-format.ts'
import type { SegmentList, SegmentRecord } from '../segment-list.ts'
import { Fmp4Maker } from './fmp4-maker.ts'
import type { MadeSegment } from './fmp4-output.ts'

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
  const made: Record<Fmp4Format, MadeSegment[]> = { fmp4: [], 'fmp4-aac': [] }
  const state = {
    segments: [] as SegmentRecord[],
    missing: new Set<number>(),
    failures: [] as Fmp4Format[],
    ahead: [] as Buffer[],
    parts: new Map<number, Buffer[]>(),
  }
  const maker = new Fmp4Maker({
    startFfmpeg(parameters, outputs) {
      const ffmpeg = createFakeFfmpeg(parameters, outputs)
      started.push(ffmpeg)
      return ffmpeg.process
    },
    source(): SegmentList {
      const facts = { codecs: 'avc1.64001f', width: 1_280, height: 720, framesPerSecond: 25 }
      return { targetSeconds: 6, facts, segments: state.segments }
    },
    bytesOf: (number) =>
      state.missing.has(number) ? undefined : (state.parts.get(number) ?? [Buffer.from(`${number}`)]),
    bytesAfter: () => state.ahead,
    clock,
  })
  const add = (format: Fmp4Format): void =>
    maker.add(format, {
      lastMade: () => made[format].at(-1)?.source,
      onMade: (one) => void made[format].push(one),
      onFailed: () => void state.failures.push(format),
    })
  add('fmp4')
  const settle = () => clock.advance(0)
  return {
    state,
    started,
    maker,
    settle,
    add,
    numbers: (format: Fmp4Format = 'fmp4') => made[format].map(({ source }) => source.number),
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
  for (const { maker } of leaders.splice(0)) maker.remove('fmp4')
})

test('a segment is made once the next one starts to come back', async () => {
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

test('a channel that has played for long gets only the segments that players are offered', async () => {
  const { cut, givenTo } = start()
  await cut(...Array.from({ length: 15 }, (_, index) => record(index + 101)))
  expect(givenTo(0)?.[0]).toBe('109')
})

test.each([
  ['a break in time or tracks', record(3, { breaks: 1 })],
  ['other tracks', record(3, { tracks: '256:h264,257:aac' })],
])('after %s another ffmpeg continues, once the first has delivered everything', async (_, third) => {
  const { cut, started, settle, numbers, givenTo, state } = start()
  await cut(record(1), record(2), third)
  expect([givenTo(0), started[0]!.isInputOver(), started.length]).toEqual([['1', '2'], true, 1])
  started[0]!.write(Buffer.concat([INIT, fragmentOf(1), fragmentOf(2)]))
  started[0]!.end(0)
  await settle()
  expect(numbers()).toEqual([1, 2])
  expect([givenTo(1), state.failures]).toEqual([['3'], []])
})

test('a different video size has a different header', async () => {
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

test('an ffmpeg that dies is restarted after a pause, with the segments it still owes', async () => {
  const { cut, started, settle, givenTo, numbers, state, pass } = start()
  await cut(record(1), record(2))
  started[0]!.write(Buffer.concat([INIT, fragmentOf(1), fragmentOf(2)]))
  await settle()
  started[0]!.end(139)
  await settle()
  expect([numbers(), state.failures.length, started.length]).toEqual([[1], 1, 1])
  await pass(1)
  // The one before it as well: some of its audio may come later.
  expect(givenTo(1)).toEqual(['1', '2'])
})

test('an ffmpeg that keeps dying on a segment leaves it out, and pauses grow to half a minute', async () => {
  const { cut, started, state, pass, settle, givenTo, numbers } = start()
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
  expect(state.failures).toHaveLength(8)
  expect([givenTo(0), givenTo(1), numbers()]).toEqual([['1', '2'], ['2'], []])
})

test('an ffmpeg that takes bytes and returns none is ended', async () => {
  const { cut, started, state, pass } = start()
  await cut(record(1))
  await pass(60)
  // Waiting for a second segment is no stall.
  expect(started[0]!.isKilled()).toBe(false)
  await cut(record(2))
  await pass(12)
  expect([started[0]!.isKilled(), state.failures.length]).toEqual([true, 1])
})

test('an ffmpeg that does not exit when it should is ended', async () => {
  const { cut, started, pass } = start()
  await cut(record(1), record(2, { breaks: 1 }))
  await pass(12)
  expect(started[0]!.isKilled()).toBe(true)
})

test('output that is not MP4 is a failure, and nothing is made of it', async () => {
  const { cut, started, settle, numbers, state } = start()
  await cut(record(1), record(2))
  started[0]!.write(Buffer.from('0000moov and so on'))
  await settle()
  expect([started[0]!.isKilled(), numbers(), state.failures.length]).toEqual([true, [], 1])
})

test('a former leader makes nothing more', async () => {
  const { cut, started, settle, maker, numbers, state } = start()
  await cut(record(1), record(2))
  maker.remove('fmp4')
  started[0]!.write(Buffer.concat([INIT, fragmentOf(1), fragmentOf(2)]))
  await settle()
  expect([started[0]!.isKilled(), numbers(), state.failures, started.length]).toEqual([true, [], [], 1])
})

test('one ffmpeg makes all wanted formats, each from where it stands', async () => {
  const { add, cut, started, settle, numbers, givenTo, maker } = start()
  await cut(record(1), record(2), record(3))
  started[0]!.write(Buffer.concat([INIT, ...[1, 2, 3].map(fragmentOf)]))
  await settle()
  add('fmp4-aac')
  maker.advance()
  await settle()
  expect([started.length, started[0]!.isKilled(), givenTo(1)]).toEqual([2, true, ['1', '2', '3']])
  const all = Buffer.concat([INIT, ...[1, 2, 3, 4].map(fragmentOf)])
  await cut(record(4))
  for (const output of [0, 1]) started[1]!.write(all, output)
  await settle()
  expect([numbers('fmp4'), numbers('fmp4-aac')]).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ])
  maker.remove('fmp4-aac')
  await settle()
  // The last one that was made, for what of its audio comes later, and what is owed.
  expect([started.length, started[1]!.isKilled(), givenTo(2)]).toEqual([3, true, ['3', '4']])
})

test('when encoding fails, copied formats continue', async () => {
  const { add, cut, started, settle, state, givenTo, pass } = start()
  add('fmp4-aac')
  await cut(record(1), record(2))
  started[0]!.end(1)
  await settle()
  expect([state.failures, givenTo(1)]).toEqual([['fmp4-aac'], ['1', '2']])
  started[1]!.write(Buffer.concat([INIT, fragmentOf(1), fragmentOf(2)]))
  await settle()
  await pass(1)
  expect([started.length, started[1]!.isKilled()]).toEqual([3, true])
  started[2]!.end(1)
  await settle()
  await pass(1)
  expect([started.length, started[3]!.isKilled(), state.failures]).toEqual([4, false, ['fmp4-aac', 'fmp4-aac']])
  started[3]!.end(1)
  await settle()
  expect(state.failures.at(-1)).toBe('fmp4')
})

test('the start of the next segment shows ffmpeg the end of this one, and is passed once', async () => {
  const { cut, started, state, settle, givenTo, maker } = start()
  await cut(record(1))
  const [head, middle, rest] = ['head', 'middle', 'rest'].map((text) => Buffer.from(text))
  const see = async (...ahead: Buffer[]) => {
    state.ahead = ahead
    maker.advance()
    await settle()
  }
  await see(head!)
  await see(head!)
  await see(head!, middle!)
  state.ahead = []
  state.parts.set(2, [head!, middle!, rest!])
  await cut(record(2))
  expect(givenTo(0)).toEqual(['1', 'head', 'middle', 'rest'])
  // Another beginning than that of the segment: what is behind it needs another ffmpeg.
  await see(Buffer.from('foreign'))
  await cut(record(3))
  expect([givenTo(0)?.at(-1), started[0]!.isInputOver()]).toEqual(['foreign', true])
})

test('a segment without a key frame needs an ffmpeg that splits groups of pictures', async () => {
  const { cut, started } = start()
  await cut(record(1), record(2, { isIndependent: false }))
  expect(started[0]!.parameters).toContain('-frag_duration')
  await cut(record(3), record(4))
  expect(started[0]!.isInputOver()).toBe(false)
  const other = start()
  await other.cut(record(1), record(2))
  expect(other.started[0]!.parameters).not.toContain('-frag_duration')
  await other.cut(record(3, { isIndependent: false }))
  expect(other.started[0]!.isInputOver()).toBe(true)
})
