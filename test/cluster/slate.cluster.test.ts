import { afterEach, expect, test } from '@jest/globals'
import { eventually, startFakeProviderThread, type Viewer } from '@kptv/testkit'
import { playOn, watchOnEach } from './support/played-on-nodes.ts'
import { startCluster } from './support/start-cluster.ts'
import { leaveAll, watch } from './support/watch.ts'

afterEach(leaveAll)

/** A still frame is sent again and again, with the numbers that its packets had. */
const flawsOf = (viewer: Viewer): string[] =>
  viewer.report().problems.filter((problem) => !/media packets (sent twice|out of order)/.test(problem))

/**
 * The one channel of the one source, played on a leader and a follower; the provider counts from
 * now on.
 */
async function startPlayed(settings: Record<string, string>) {
  await using starting = new AsyncDisposableStack()
  const provider = starting.use(await startFakeProviderThread())
  const cluster = starting.use(
    await startCluster({
      sources: `${provider.playlistUrl()}|1`,
      edges: 2,
      settings: { ...settings, MAX_FAILURES_BEFORE_BLOCK: '1000' },
    }),
  )
  const [id] = (await cluster.channelIds()).values()
  const watchMore = () => watchOnEach(cluster, id!)
  const viewers = await watchMore()
  await playOn(viewers, 2)
  provider.resetTruth()
  const all = starting.move()
  return {
    provider,
    viewers,
    watchMore,
    url: `${cluster.edge.url}/stream/${id}`,
    /** The stream breaks off, and cannot be had again. */
    takeAway(): void {
      provider.setFaults({ status: { code: 503 } })
      provider.cut('destroy')
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

test('SLATE=on: the video freezes on leader and follower while the only source is away for longer than all tries', async () => {
  // Two tries a bout, and not so many a minute that the account is left alone.
  await using played = await startPlayed({ SLATE: 'on', RETRY_DELAY: '1500ms', MAX_RETRIES: '2' })
  const { provider, viewers, watchMore, takeAway } = played
  takeAway()
  // Two and a half still frames a second: 8 s, in which all tries are used up twice.
  await playOn(viewers, 20, 120_000)
  const { channels, openStreams } = provider.truth()
  expect(openStreams).toBe(0)
  expect(channels['101']!.attempts).toBeGreaterThan(2)

  const late = await watchMore()
  await playOn(late, 3)
  for (const viewer of [...late, ...viewers]) expect(flawsOf(viewer)).toEqual([])

  provider.clearFaults()
  await eventually('the stream is back', () => provider.truth().openStreams === 1, { deadlineMs: 30_000 })
  const everyone = [...viewers, ...late]
  await playOn(everyone, 5)
  // It goes on, and no still frame is among what comes.
  const repeated = (viewer: Viewer) => viewer.report().sequence.repeated
  const before = everyone.map(repeated)
  await playOn(everyone, 3)
  expect(everyone.map(repeated)).toEqual(before)
  for (const viewer of everyone) {
    expect([flawsOf(viewer), viewer.ended()]).toEqual([[], undefined])
    // What the provider had sent meanwhile is missing; it goes on at a key frame.
    expect(viewer.report().sequence.gaps.every((gap) => gap.resumesAtJoinPoint)).toBe(true)
  }
  expect(provider.truth()).toMatchObject({ highWaterMark: 1, violations: [] })
  expect(provider.truth().channels['101']?.opened).toBe(1)
}, 300_000)

test('SLATE=off: the responses of leader and follower end normally after the last round', async () => {
  await using played = await startPlayed({ SLATE: 'off', RETRY_DELAY: '500ms', MAX_RETRIES: '3' })
  const { provider, viewers, url, takeAway } = played
  takeAway()
  for (const viewer of viewers) {
    expect(await viewer.waitForEnd({ deadlineMs: 60_000 })).toBe('end')
    expect(viewer.report().problems).toEqual([])
  }
  // The connection that broke off was the leader's first of three tries; then the other node had
  // its own three.
  expect(provider.truth().channels['101']!.attempts).toBe(5)
  const later = await watch(url)
  expect(later.status).toBe(503)
}, 300_000)
