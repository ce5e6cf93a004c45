import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import {
  eventually,
  hasPrograms,
  isLongRun,
  madeVariant,
  type StartedProcess,
  shortOrLong,
  startFakeProviderThread,
  startHlsProvider,
} from '@kptv/testkit'
import { leaderOf, playOn, watchOnEach } from './support/played-on-nodes.ts'
import { startCluster } from './support/start-cluster.ts'
import { startPackager } from './support/start-packager.ts'
import { leaveAll, watch } from './support/watch.ts'

const run = promisify(execFile)

const seconds = shortOrLong(24, 600)
const tokenLifetimeMs = shortOrLong(6_000, 60_000)
const missingSeconds = shortOrLong(8, 20)

jest.setTimeout(seconds * 2_000 + 120_000)

afterEach(leaveAll)

// Without ffmpeg there is no judge; `npm test` installs it where it can and says so where it
// cannot.
const testWithFfmpeg = hasPrograms('ffmpeg', 'ffprobe') ? test : test.skip

describe('an HLS source', () => {
  testWithFfmpeg(
    'by ffmpeg, with three variants, AES-128, a discontinuity and tokens that expire, plays as one clean stream',
    async () => {
      await using packager = await startPackager()
      await using provider = await startHlsProvider({
        segmentMs: 2_000,
        variants: [],
        folder: packager.folder,
        tokenLifetimeMs,
      })
      await using cluster = await startCluster({ sources: `${provider.listUrl}|1` })
      const stream = `${await cluster.streamUrl()}.ts`
      provider.resetTruth()

      const viewer = await watch(stream)
      const decoding = run('ffmpeg', ['-v', 'warning', '-i', stream, '-t', String(seconds), '-f', 'null', '-'])
      const probing = run(
        'ffprobe',
        [
          ...['-v', 'error', '-select_streams', 'v', '-show_entries', 'packet=dts', '-of', 'csv=p=0'],
          ...['-read_intervals', `%+${seconds}`, stream],
        ],
        { maxBuffer: 64 * 1024 ** 2 },
      )
      await sleep((seconds / 2) * 1_000)
      await packager.interrupt()
      const [{ stderr }, { stdout }] = await Promise.all([decoding, probing])

      expect(stderr).toBe('')
      const stamps = stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => Number.parseInt(line, 10))
      expect(stamps.length).toBeGreaterThan((seconds - 2) * 25)
      expect(stamps.filter((stamp, index) => index > 0 && stamp <= stamps[index - 1]!)).toEqual([])
      const report = viewer.report()
      expect([report.problems, viewer.ended()]).toEqual([[], undefined])
      const { requests, mostSockets } = provider.truth()
      expect(mostSockets).toBe(1)
      // It plays the best of the variants, and the tokens did expire.
      expect(
        requests
          .filter(({ path }) => path.endsWith('.ts'))
          .every(({ path }) => path.startsWith('/v0/') || path === '/live/user/pass/1.ts'),
      ).toBe(true)
      expect(requests.filter(({ status }) => status === 403).length).toBeGreaterThanOrEqual(
        Math.floor((seconds * 1_000) / tokenLifetimeMs) - 2,
      )
      if (isLongRun) console.log(figures(report, requests))
    },
  )

  test(`whose segments are missing for ${missingSeconds} s costs one switch, not the viewer`, async () => {
    const segmentMs = 1_000
    await using hls = await startHlsProvider({
      segmentMs,
      variants: [madeVariant({ segmentMs, bandwidth: 1, sourceId: 'hls' })],
    })
    await using second = await startFakeProviderThread({
      sourceId: 'second',
      entries: [{ streamId: '1', name: 'Live', attributes: [['tvg-name', 'Live']] }],
    })
    await using cluster = await startCluster({ sources: `${hls.listUrl}|1,${second.playlistUrl()}|1` })
    await eventually('both are one channel', async () => (await cluster.status()).catalog.streams === 2)
    const viewer = await watch(`${await cluster.streamUrl()}.ts`)
    await eventually('it plays from the first source', () => viewer.bytes() > 500_000, { deadlineMs: 60_000 })
    hls.setFaults({ segmentStatus: () => 404 })
    await eventually('it plays from the second', () => second.truth().openStreams === 1, { deadlineMs: 60_000 })
    await sleep(missingSeconds * 1_000)
    hls.setFaults({})
    const { problems, sequence, arrival } = viewer.report()
    expect([problems, sequence.switches.length, viewer.ended()]).toEqual([[], 1, undefined])
    expect(second.truth().channels['1']?.opened).toBe(1)
    expect(arrival.longestGap?.durationMs ?? 0).toBeLessThan(18_000)
  })
})

test.each([
  { end: 'is killed', limit: 1, leave: (leader: StartedProcess) => leader.killGroup('SIGKILL') },
  { end: 'drains while a slot is spare', limit: 2, leave: (leader: StartedProcess) => leader.kill('SIGTERM') },
])(
  'the node that leads an HLS channel $end: another one continues at once, nothing missing, nothing twice',
  async ({ limit, leave }) => {
    const segmentMs = 10_000
    await using hls = await startHlsProvider({
      segmentMs,
      // On a busy machine the programme waits for its reader, which would else be further back than
      // any session begins.
      maxAhead: 1,
      variants: [madeVariant({ segmentMs, bandwidth: 1, sourceId: 'hls' })],
    })
    await using cluster = await startCluster({ sources: `${hls.listUrl}|${limit}`, edges: 2 })
    const [id] = (await cluster.channelIds()).values()
    // The longest way back: from a session that began with a new segment to one that begins before
    // the next.
    await eventually('a segment is new', () => hls.newestForMs() > 100 && hls.newestForMs() < 1_000, {
      deadlineMs: 60_000,
    })
    const viewers = await watchOnEach(cluster, id!)
    await playOn(viewers, 4)
    const leader = await leaderOf(cluster, id!)
    const viewer = viewers[cluster.edges.findIndex((edge) => edge !== leader)]!
    // The next segment must not come before the other node plays, however long that takes.
    await eventually('it is the newest for long', () => hls.newestForMs() > 5_000 && hls.newestForMs() < 6_500, {
      deadlineMs: 30_000,
    })

    leave(leader.process)
    await eventually('the other one leads', async () => (await leaderOf(cluster, id!)) !== leader, {
      deadlineMs: 60_000,
    })
    await playOn([viewer], 6)
    const { problems, sequence, arrival, nullPackets } = viewer.report()
    expect([problems, sequence.gaps, sequence.repeated, viewer.ended()]).toEqual([[], [], 0, undefined])
    // The time to find out and to connect; none until the stream has come to where the viewer is.
    expect(arrival.longestGap!.durationMs).toBeLessThan(7_000)
    if (limit === 1) expect(nullPackets).toBeGreaterThan(0)
    expect(hls.truth().mostSockets).toBe(limit)
  },
)

type Report = ReturnType<Awaited<ReturnType<typeof watch>>['report']>

function figures(report: Report, requests: ReadonlyArray<{ readonly status: number }>): string {
  const { bytes, packets, keyFrames, continuity, clocks, arrival } = report
  const statuses = Object.groupBy(requests, ({ status }) => String(status))
  return JSON.stringify({
    seconds,
    bytes,
    packets,
    keyFrames,
    continuityErrors: continuity.errors,
    pcrBackward: clocks.pcrBackward,
    pcrJumps: clocks.pcrJumps,
    stampBackward: clocks.stampBackward,
    longestGapMs: arrival.longestGap?.durationMs,
    gaps: arrival.gaps.length,
    requests: Object.fromEntries(Object.entries(statuses).map(([status, all]) => [status, all!.length])),
  })
}
