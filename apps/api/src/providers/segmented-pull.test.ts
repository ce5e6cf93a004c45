import { Readable } from 'node:stream'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { Failure } from '@kptv/failover'
import { StreamWatch } from '@kptv/mpegts'
import {
  createManualClock,
  createTransportStreamChecker,
  createTransportStreamMaker,
  type ManualClock,
} from '@kptv/testkit'
import { type MediaPiece, NEW_INPUT, UpstreamError } from '@kptv/upstream'
import { createCollectedOutput } from '../../test-support/collected-output.ts'
import { StreamPull } from './stream-pull.ts'

const timing = { firstByteMs: 500, startGraceMs: 60_000, stallMs: 600 }

let clock: ManualClock
let pull: StreamPull | undefined

beforeEach(() => {
  clock = createManualClock()
})

afterEach(() => pull?.close())

/** A pull of a stream that comes in pieces, as in HLS; the test pushes the pieces. */
function start(patienceMs?: number) {
  const checker = createTransportStreamChecker()
  const seen: { failure?: Failure; bytes: number } = { bytes: 0 }
  const watch = new StreamWatch()
  const { output, take } = createCollectedOutput()
  output.startInput(undefined, { watch })
  const body = new Readable({ objectMode: true, read() {} })
  const closed = new Promise<void>((resolve) => body.once('close', () => resolve()))
  pull = new StreamPull({
    // A short start of a last resort would be waited for anyway.
    isLastResort: false,
    connect: async () => ({
      body,
      contentType: undefined,
      closed,
      patienceMs: () => patienceMs,
      close: async () => {
        body.destroy()
        await closed
      },
    }),
    output,
    watch,
    minDataBytes: 1024,
    timing,
    isRepeated: () => false,
    clock,
    events: {
      passed: () => {
        const packets = take()
        seen.bytes += packets.length
        checker.push(packets)
      },
      healthy: () => {},
      failed: (failure) => {
        seen.failure = failure
      },
    },
  })
  return { seen, body, push: (piece: MediaPiece) => body.push(piece), report: () => checker.report() }
}

const failed = (seen: { readonly failure?: Failure }) => clock.until('the pull fails', () => seen.failure)

test("H10: a new input is spliced: the output's counters and clocks run on", async () => {
  const { seen, push, report } = start(60_000)
  for (const [index, startTicks] of [900_000, 7_777_777_777, 900_000, 5].entries()) {
    push(createTransportStreamMaker({ startTicks, sourceId: `clip${index}` }).next(2_000))
    push(NEW_INPUT)
  }
  await clock.until('all of it is played', () => report().keyFrames >= 7)
  expect([report().problems, report().sequence.switches.length, seen.failure]).toEqual([[], 3, undefined])
})

test('a stream of long segments may be silent for as long as it declares', async () => {
  const { seen, push } = start(1_800)
  const startedMs = clock.monotonicMs()
  push(createTransportStreamMaker().next(1_000))
  expect(await failed(seen)).toMatchObject({ kind: 'passing', code: 'stalled' })
  expect(clock.monotonicMs() - startedMs).toBeGreaterThan(1_800)
})

test.each([
  ['hls-segments-missing', 'passing', { kind: 'passing', code: 'hls-segments-missing' }],
  ['hls-finished', 'finished', { kind: 'finished', code: 'hls-finished' }],
  ['cut-off', 'passing', { kind: 'ended', code: 'cut-off' }],
] as const)('after healthy media, %s keeps its meaning', async (code, failureClass, failure) => {
  const { seen, push, body } = start(60_000)
  push(createTransportStreamMaker().next(1_000))
  await clock.until('media flows', () => seen.bytes > 1024)
  body.destroy(new UpstreamError({ code, class: failureClass }, { url: 'http://h/' }))
  expect(await failed(seen)).toMatchObject(failure)
})
