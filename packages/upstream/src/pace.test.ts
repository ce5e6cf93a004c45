import { expect, test } from '@jest/globals'
import { createTransportStreamMaker } from '@kptv/testkit'
import { LEAD_MS, pace } from './pace.ts'

const MEDIA_MS = 18_000
const BYTES_PER_MS = 250

/**
 * Three segments of six seconds; how much media has come at each moment, by a clock that advances
 * only while waiting.
 */
async function play(playedMs: number) {
  const maker = createTransportStreamMaker({ bitsPerSecond: BYTES_PER_MS * 8_000 })
  async function* segments() {
    for (let made = 0; made < MEDIA_MS; made += 6_000) yield maker.next(6_000)
  }
  let nowMs = 0
  let sentMs = 0
  const sent: Array<{ readonly atMs: number; readonly mediaMs: number }> = []
  const pieces = pace(segments(), {
    signal: AbortSignal.timeout(60_000),
    isRepeated: () => sentMs < playedMs,
    monotonicMs: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms
    },
  })
  for await (const piece of pieces) {
    sentMs += (piece as Buffer).length / BYTES_PER_MS
    sent.push({ atMs: nowMs, mediaMs: sentMs })
  }
  return { sent, after: (ms: number) => sent.findLast(({ atMs }) => atMs <= ms)?.mediaMs ?? 0 }
}

test('a lead arrives quickly, the rest at the pace of the stream', async () => {
  const { after } = await play(0)
  expect(after(1_000)).toBeGreaterThan(LEAD_MS - 500)
  for (const ms of [2_000, 5_000, 10_000]) expect(Math.abs(after(ms) - LEAD_MS - ms)).toBeLessThan(500)
})

test('media played before arrives at once, and the rest at the pace of the stream, without a pause', async () => {
  const playedMs = 9_000
  const { after, sent } = await play(playedMs)
  expect(after(0)).toBeGreaterThanOrEqual(playedMs)
  expect(after(0)).toBeLessThan(playedMs + 500)
  for (const ms of [1_000, 3_000, 6_000]) expect(Math.abs(after(ms) - playedMs - ms)).toBeLessThan(500)
  const waits = sent.slice(1).map(({ atMs }, index) => atMs - sent[index]!.atMs)
  expect(Math.max(...waits)).toBeLessThan(500)
})

test('a reader that has had less than the lead gets the rest of it quickly too', async () => {
  const { after } = await play(1_000)
  expect(after(1_000)).toBeGreaterThan(LEAD_MS - 500)
})
