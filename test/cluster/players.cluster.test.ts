import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  createPlayers,
  eventually,
  type FakeProvider,
  hasPrograms,
  openViewer,
  type PlayerName,
  shortOrLong,
  startFakeProviderThread,
  type Viewer,
} from '@kptv/testkit'
import { makeRealClips, type RealCodec } from './support/make-real-clips.ts'
import { leaderOf, playOn } from './support/played-on-nodes.ts'
import { type Cluster, startCluster } from './support/start-cluster.ts'

const SWITCHES = shortOrLong(8, 20)
const CODECS: readonly RealCodec[] = ['h264', 'hevc']
const PLAYERS: readonly PlayerName[] = ['ffmpeg', 'ffprobe', 'vlc', 'mpv']
/** How sources come to their end, in turn. A stalled one is left after three seconds. */
const ENDS = ['end', 'destroy', 'reset', 'end', 'destroy', 'stall', 'reset', 'end', 'destroy', 'reset'] as const

const players = createPlayers()
const viewers: Record<string, Viewer> = {}
let folder: string
let sources: FakeProvider[]
let cluster: Cluster

const playing = (codec: RealCodec): FakeProvider[] =>
  sources.filter((source) => (source.truth().channels[codec]?.open ?? 0) > 0)

/**
 * Ends what plays now, and waits until all viewers of the channel have had a key frame of another
 * source.
 */
async function switchSource(codec: RealCodec, how: (typeof ENDS)[number]): Promise<void> {
  const [source] = playing(codec)
  const scope = { streamId: codec }
  if (how === 'stall') source!.setFaults({ stall: true }, scope)
  else source!.cut(how, scope)
  const isSwitched = () => {
    const [present] = playing(codec)
    return present !== undefined && present !== source
  }
  await eventually(`${codec} plays from another source`, isSwitched, { deadlineMs: 30_000 })
  source!.setFaults({}, scope)
  await playOn(viewersOf(codec), 1)
}

/**
 * Sources end in the middle of frames, and packets are passed on as they come: a decoder may
 * complain about the data of the unit that was cut, of which each stream has one at a switch. It
 * may not complain about times, counters or anything else.
 */
const CUT_UNITS = [
  /PES packet size mismatch/,
  /Packet corrupt \(stream = \d+/,
  /corrupt (input packet|decoded frame) in stream/,
  /Invalid data found when processing input/,
  /Error while decoding stream #\d/,
  /\[(aac|h264|hevc) @ \w+\]/,
  /^\[ffmpeg\/(audio|video)\] (aac|h264|hevc): /,
  /^Error decoding audio\.$/,
  /Last message repeated/,
]

/**
 * One unit of each stream at a switch. A player reads the file several times, so units count, not
 * lines.
 */
function otherThanCutUnits(complaints: readonly string[], switches: number): string[] {
  const cut = new Set(complaints.flatMap((line) => /stream = \d+, dts = \w+/.exec(line) ?? []))
  const byStream = Object.groupBy(cut, (unit) => unit.split(',')[0]!)
  const isTooMany = Object.values(byStream).some((units) => units!.length > switches)
  const tooMany = isTooMany ? [`cut by ${switches} switches: ${[...cut].join('; ')}`] : []
  return [...tooMany, ...complaints.filter((line) => !CUT_UNITS.some((pattern) => pattern.test(line)))]
}

/** As the sources have seen them: a busy machine may make some more. */
const switchesOf = (name: string): number => {
  const codec = CODECS.find((one) => name.startsWith(one))!
  return sources.reduce((sum, source) => sum + source.truth().channels[codec]!.opened, -1)
}

const viewersOf = (codec: RealCodec): Viewer[] =>
  Object.keys(viewers).flatMap((name) => (name.startsWith(codec) ? [viewers[name]!] : []))
const fileOf = (name: string): string => join(folder, `${name}.capture.ts`)

const describeWithFfmpeg = hasPrograms('ffmpeg', 'ffprobe') ? describe : describe.skip

describeWithFfmpeg(`${SWITCHES} switches of source`, () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kptv-players-'))
    await chmod(folder, 0o755)
    const clips = {
      h264: await makeRealClips({ folder, codec: 'h264', seconds: 180 }),
      hevc: await makeRealClips({ folder, codec: 'hevc', seconds: 180 }),
    }
    const start = (index: number) =>
      startFakeProviderThread({
        sourceId: `source${index}`,
        accounts: [{ user: 'user', password: 'pass', limit: CODECS.length }],
        entries: CODECS.map((codec) => ({
          streamId: codec,
          name: codec,
          media: { kind: 'file', path: clips[codec][index]!, isLive: true },
        })),
      })
    sources = await Promise.all([start(0), start(1), start(2)])
    cluster = await startCluster({
      sources: sources.map((source) => `${source.playlistUrl()}|${CODECS.length}`).join(','),
      edges: 2,
      // No stream plays for long enough to be forgiven its last end.
      settings: { RETRY_DELAY: '10ms', MAX_RETRIES: '100', MAX_FAILURES_BEFORE_BLOCK: '1000' },
    })
    await eventually(
      'the sources are merged',
      async () => (await cluster.status()).catalog.streams === 3 * CODECS.length,
    )
    const ids = await cluster.channelIds()
    for (const codec of CODECS) {
      for (const [index, edge] of cluster.edges.entries()) {
        const role = index === 0 ? 'leader' : 'follower'
        const url = `${edge.url}/stream/${ids.get(codec)}`
        viewers[`${codec} ${role}`] = await openViewer(url, { keptBytes: Number.POSITIVE_INFINITY })
      }
      expect((await leaderOf(cluster, ids.get(codec)!)).name).toBe(cluster.edge.name)
    }
    await Promise.all(
      CODECS.map(async (codec) => {
        await playOn(viewersOf(codec), 2)
        for (let turn = 0; turn < SWITCHES; turn += 1) {
          await switchSource(codec, ENDS[turn % ENDS.length]!)
          // Always at another place of the clips.
          await sleep(300 + 100 * (turn % 4))
        }
      }),
    )
    for (const [name, viewer] of Object.entries(viewers)) {
      expect(viewer.ended()).toBeUndefined()
      viewer.close()
      const { length } = viewer.body()
      await writeFile(fileOf(name), viewer.body().subarray(0, length - (length % 188)))
    }
  }, 300_000)

  afterAll(async () => {
    for (const viewer of Object.values(viewers)) viewer.close()
    await cluster?.[Symbol.asyncDispose]()
    await Promise.all((sources ?? []).map((source) => source.stop()))
    if (folder) await rm(folder, { recursive: true, force: true })
  }, 240_000)

  const captures = CODECS.flatMap((codec) => [`${codec} leader`, `${codec} follower`])

  test.each(captures)('%s: the checker finds nothing in the one response', (name) => {
    expect(viewers[name]!.report().problems).toEqual([])
  })

  test('each channel had one connection at a time, and each source had its turns', () => {
    for (const source of sources) {
      const { violations, channels } = source.truth()
      expect(violations).toEqual([])
      for (const codec of CODECS) {
        expect(channels[codec]!.opened).toBeGreaterThanOrEqual(Math.floor(SWITCHES / 3))
        expect(channels[codec]!.highWaterMark).toBe(1)
      }
    }
  })

  for (const player of PLAYERS) {
    const testWithPlayer = players.has(player) ? test : test.skip
    testWithPlayer(
      `${player} plays all of them through, and complains at most about the units that were cut`,
      async () => {
        const complaints = await Promise.all(captures.map((name) => players.complaints(player, fileOf(name))))
        const others = captures.map((name, index) => [name, otherThanCutUnits(complaints[index]!, switchesOf(name))])
        expect(Object.fromEntries(others)).toEqual(Object.fromEntries(captures.map((name) => [name, []])))
      },
      240_000,
    )
  }
})
