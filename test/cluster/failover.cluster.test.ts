import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { eventually, type FakeProvider } from '@kptv/testkit'
import type { Cluster } from './support/start-cluster.ts'
import { startTwoSources, type TwoSources } from './support/start-two-sources.ts'
import { leaveAll, watch } from './support/watch.ts'

let setUp: TwoSources
let first: FakeProvider
let second: FakeProvider
let cluster: Cluster
let stream: string

beforeAll(async () => {
  setUp = await startTwoSources({
    second: { entries: [{ streamId: '7', name: 'CHANNEL  1' }] },
    settings: { RETRY_DELAY: '200ms', MAX_FAILURES_BEFORE_BLOCK: '1000' },
  })
  ;({ first, second, cluster, stream } = setUp)
}, 240_000)

afterEach(async () => {
  leaveAll()
  first.clearFaults()
  second.clearFaults()
  await eventually('nothing is open any more', async () => {
    const open = first.truth().openStreams + second.truth().openStreams
    return open === 0 && (await cluster.slotCount()) === 0 && (await cluster.status()).channels.length === 0
  })
  first.resetTruth()
  second.resetTruth()
}, 90_000)

afterAll(() => setUp?.[Symbol.asyncDispose](), 120_000)

describe('a source that dies', () => {
  test('during playback: the response continues from the next source, in whole packets, at a key frame', async () => {
    const viewer = await watch(stream)
    await eventually('source 1 plays', () => viewer.report().keyFrames >= 2)
    first.setFaults({ refuseConnections: true })
    first.cut('destroy')
    await eventually('source 2 plays', () => viewer.report().sequence.switches.length >= 1)
    await eventually('it goes on', () => viewer.report().keyFrames >= 6)
    const report = viewer.report()
    expect(report.problems).toEqual([])
    expect(report.sequence.switches).toHaveLength(1)
    expect(report.misalignedBytes).toBe(0)
    expect(report.arrival.longestGap?.durationMs ?? 0).toBeLessThan(5_000)
    expect(second.truth().highWaterMark).toBe(1)
    viewer.close()
  }, 240_000)

  test.each([
    ['refuses connections', { refuseConnections: true }],
    // Not 403, which from a source that plays later means that it counts connections late
    // (zapping.cluster.test.ts).
    ['answers 406', { status: { code: 406 } }],
    ['answers 404', { status: { code: 404 } }],
    // What else a source may send instead of media: stalls.cluster.test.ts.
  ])(
    'at the start, because it %s: the next source plays at once',
    async (_, faults) => {
      first.setFaults(faults)
      const viewer = await watch(stream)
      expect(viewer.status).toBe(200)
      await eventually('source 2 plays', () => viewer.report().keyFrames >= 1)
      expect(viewer.report().problems).toEqual([])
      viewer.close()
    },
    240_000,
  )

  test('by hanging up repeatedly: one response, from the same source, after each cut', async () => {
    const viewer = await watch(stream)
    await eventually('source 1 plays', () => viewer.report().keyFrames >= 15, { deadlineMs: 40_000 })
    first.cut('end')
    await eventually('it plays on', () => viewer.report().keyFrames >= 19)
    expect(viewer.report().problems).toEqual([])
    expect(second.truth().channels['7']?.opened ?? 0).toBe(0)
    expect(first.truth().highWaterMark).toBe(1)
    viewer.close()
  }, 240_000)
})

describe('all sources', () => {
  test('refuse: 503 with a code, after exactly MAX_RETRIES requests to each', async () => {
    first.setFaults({ status: { code: 406 } })
    second.setFaults({ refuseConnections: true }, { streamId: '7' })
    const answer = await fetch(stream)
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ error: 'streams-failing' })
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(first.truth().channels['101']?.attempts).toBe(3)
    expect(second.truth().channels['7']?.attempts ?? 0).toBeLessThanOrEqual(3)
  }, 240_000)

  test('are gone: 502, after one request to each', async () => {
    first.setFaults({ status: { code: 404 } })
    second.setFaults({ htmlInsteadOfMedia: true })
    const answer = await fetch(stream)
    expect(answer.status).toBe(502)
    expect(await answer.json()).toMatchObject({ error: 'no-playable-stream' })
    expect(first.truth().channels['101']?.attempts).toBe(1)
  }, 240_000)

  test('fail for a while during playback: the viewer stays and sees the video again', async () => {
    const viewer = await watch(stream)
    await eventually('source 1 plays', () => viewer.report().keyFrames >= 2)
    first.setFaults({ refuseConnections: true })
    second.setFaults({ refuseConnections: true })
    first.cut('destroy')
    await sleep(300)
    second.clearFaults()
    await eventually('source 2 plays', () => viewer.report().sequence.switches.length >= 1)
    expect(viewer.report().problems).toEqual([])
    viewer.close()
  }, 240_000)

  test('fail for good during playback: the response ends normally', async () => {
    const viewer = await watch(stream)
    await eventually('source 1 plays', () => viewer.report().keyFrames >= 2)
    first.setFaults({ refuseConnections: true })
    second.setFaults({ refuseConnections: true })
    first.cut('destroy')
    expect(await viewer.waitForEnd({ deadlineMs: 30_000 })).toBe('end')
    expect(viewer.report().problems).toEqual([])
  }, 240_000)
})
