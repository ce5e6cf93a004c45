import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { eventually, type FakeProvider, startFakeProviderThread } from '@kptv/testkit'
import { type Cluster, startCluster } from './support/start-cluster.ts'
import { leaveAll, watch } from './support/watch.ts'

/** As `startCluster` sets it. */
const INACTIVE_TIMEOUT_MS = 1_000

let provider: FakeProvider
let cluster: Cluster
let stream: string

beforeAll(async () => {
  provider = await startFakeProviderThread({
    entries: [{ streamId: '101', name: 'Größe: News/1', attributes: [['tvg-id', 'news.uk']] }],
  })
  cluster = await startCluster({ sources: `${provider.playlistUrl()}|1` })
  stream = await cluster.streamUrl()
}, 240_000)

afterEach(leaveAll)

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  await provider?.stop()
}, 90_000)

const nobodyIsLeft = () =>
  eventually('the provider has no connection and Redis no slot', async () => {
    return provider.truth().openStreams === 0 && (await cluster.slotCount()) === 0
  })

describe('one channel on one node', () => {
  test('20 viewers at once cost one connection, and each gets a flawless stream from a key frame on', async () => {
    provider.resetTruth()
    const viewers = await Promise.all(Array.from({ length: 20 }, () => watch(stream)))
    await eventually('all have three seconds of media', () => viewers.every((one) => one.report().keyFrames >= 3))
    for (const viewer of viewers) {
      const report = viewer.report()
      expect(viewer.status).toBe(200)
      expect(report.problems).toEqual([])
      expect(report.sequence.lost).toBe(0)
      expect(report.start.mediaPacketsBeforeKeyFrame).toBe(0)
    }
    expect(provider.truth()).toMatchObject({ highWaterMark: 1, violations: [], openStreams: 1 })
    for (const viewer of viewers) viewer.close()
    await nobodyIsLeft()
    expect(provider.truth().channels['101']?.opened).toBe(1)
  }, 240_000)

  test('a late joiner starts at once with tables and a key frame', async () => {
    const first = await watch(stream)
    await eventually('the channel runs', () => first.report().keyFrames >= 2)
    const late = await watch(`${stream}.ts`)
    await eventually('the late one has a key frame', () => late.report().keyFrames >= 1)
    expect(late.report().start).toMatchObject({ hasTablesFirst: true, mediaPacketsBeforeKeyFrame: 0 })
    expect(late.report().start.bytesFromTablesToKeyFrame).toBeLessThanOrEqual(64 * 1024)
    first.close()
    late.close()
    await nobodyIsLeft()
  }, 240_000)

  test('a viewer that returns within INACTIVE_TIMEOUT finds the connection still open', async () => {
    const comesBackInTime = async (): Promise<boolean> => {
      provider.resetTruth()
      const first = await watch(stream)
      await eventually('the channel runs', () => first.report().keyFrames >= 1)
      const leftAtMs = performance.now()
      first.close()
      await eventually('the viewer is gone', async () => (await cluster.status()).viewers === 0)
      const second = await watch(stream)
      const awayMs = performance.now() - leftAtMs
      await eventually('the channel runs again', () => second.report().keyFrames >= 1)
      const { opened } = provider.truth().channels['101']!
      second.close()
      await nobodyIsLeft()
      if (awayMs >= INACTIVE_TIMEOUT_MS) return false
      expect(opened).toBe(1)
      return true
    }
    // On a busy machine it may come too late, which proves nothing.
    for (let visit = 0; !(await comesBackInTime()); visit += 1) expect(visit).toBeLessThan(10)
  }, 240_000)

  test('HEAD requests, even many at once, never reach the provider', async () => {
    provider.resetTruth()
    const answers = await Promise.all(Array.from({ length: 50 }, () => fetch(stream, { method: 'HEAD' })))
    expect(answers.every((answer) => answer.status === 200)).toBe(true)
    expect(provider.truth().requests.filter(({ kind }) => kind === 'stream')).toEqual([])
    expect(await cluster.slotCount()).toBe(0)
  })

  test('Range is ignored for live channels, and the body is not compressed', async () => {
    const viewer = await watch(stream, { Range: 'bytes=0-1', 'Accept-Encoding': 'gzip' })
    expect(viewer.status).toBe(200)
    expect(viewer.headers['content-range']).toBeUndefined()
    expect(viewer.headers['content-length']).toBeUndefined()
    expect(viewer.headers['content-encoding']).toBeUndefined()
    expect(viewer.headers['content-type']).toBe('video/mp2t')
    await eventually('media flows', () => viewer.report().keyFrames >= 1)
    viewer.close()
    await nobodyIsLeft()
  }, 240_000)

  test('a channel is found by its name, whatever its case and spaces', async () => {
    for (const name of ['Größe: News/1', ' GRÖSSE:  news/1 ', 'Größe: News/1.ts']) {
      const answer = await fetch(`${cluster.edge.url}/stream/${encodeURIComponent(name)}`, { method: 'HEAD' })
      expect([name, answer.status]).toEqual([name, 200])
    }
  })

  test('broken escapes are 400, unknown channels 404', async () => {
    expect((await fetch(`${cluster.edge.url}/stream/%zz`)).status).toBe(400)
    const unknown = await fetch(`${cluster.edge.url}/stream/nobody-has-this`)
    expect(unknown.status).toBe(404)
    expect(await unknown.json()).toMatchObject({ error: 'unknown-channel' })
  })

  test('100 viewers that leave during the start leave nothing behind', async () => {
    provider.setFaults({ firstByteDelayMs: 300 })
    const visits = Array.from({ length: 100 }, (_, index) =>
      fetch(stream, { signal: AbortSignal.timeout(1 + index * 5) }).then(
        (response) => response.body?.cancel(),
        () => undefined,
      ),
    )
    await Promise.all(visits)
    provider.clearFaults()
    await nobodyIsLeft()
    expect(provider.truth().violations).toEqual([])
  }, 240_000)
})
