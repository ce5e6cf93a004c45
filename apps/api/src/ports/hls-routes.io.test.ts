import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { systemClock } from '@kptv/clock'
import type { ErrorCode } from '@kptv/contract'
import { brokenMediaRules } from '@kptv/testkit'
import { createMemorySegmentLists } from '../../test-support/memory-segment-lists.ts'
import { type PublicPort, startPublicPort } from '../../test-support/public-port.ts'
import { createUsersForTests, userNamed } from '../../test-support/users.ts'
import { EdgeEvents } from '../events/edge-events.ts'
import { HlsChannels } from '../packaging/hls-channels.ts'
import { hlsTiming } from '../packaging/hls-timing.ts'
import { addSegment, type SegmentList } from '../packaging/segment-list.ts'
import { SegmentMemory } from '../packaging/segment-store.ts'
import type { PlayerRequest } from '../users/player-streams.ts'

const PLAYER = 'a'.repeat(22)
const BYTES = Buffer.alloc(188, 'G')
const ONE_TOKEN = '/link/token-of-anna'

const timing = hlsTiming(2_000)
const list = addSegment(
  undefined,
  {
    ticks: 0,
    durationTicks: 180_000,
    bytes: BYTES.length,
    checksum: 1,
    isIndependent: true,
    tracks: '256:h264',
    facts: { codecs: 'avc1.42c01e', width: undefined, height: undefined, framesPerSecond: undefined },
  },
  { number: 100, targetSeconds: 3, atMs: 0 },
)

const INIT = Buffer.from('ftyp and moov')
const INIT_NAME = 'b'.repeat(32)
const fmp4List = {
  ...list,
  segments: list.segments.map((segment) => ({ ...segment, fmp4: { init: INIT_NAME, startTicks: 0 } })),
  inits: { [INIT_NAME]: INIT.toString('base64') },
}

/** Channels that another node leads: what Redis knows of them, and no media of their own. */
function createChannels(refused: ErrorCode = 'node-full', hasFfmpeg = true) {
  const { lists, state } = createMemorySegmentLists(0)
  const fmp4 = createMemorySegmentLists(0)
  const opened: string[] = []
  const fetched: number[] = []
  const channels = new HlsChannels({
    timing,
    lists: { ts: lists, fmp4: fmp4.lists, 'fmp4-aac': fmp4.lists },
    startFfmpeg: hasFfmpeg ? startNone : undefined,
    players: { lifetimeMs: timing.leaseMs, renew: async () => ({ joined: 0, left: 0, own: 0 }) },
    memory: new SegmentMemory(1_000_000),
    events: new EdgeEvents(),
    isDraining: () => false,
    incarnation: () => 'one',
    isInPlay: () => false,
    async openSession(channelId) {
      opened.push(channelId)
      return { refused }
    },
    askLeader: async () => undefined,
    async fetchSegment(_, { number }) {
      fetched.push(number)
      return [BYTES]
    },
    announce: () => undefined,
    clock: systemClock,
    wallMs: () => nowMs,
  })
  const lead = (change: Partial<SegmentList> = {}): void => {
    state.list = { text: JSON.stringify({ ...list, ...change }), incarnation: 'two' }
    fmp4.state.list = { text: JSON.stringify({ ...fmp4List, ...change }), incarnation: 'two' }
  }
  return { channels, opened, fetched, lead }
}

const startNone = (): never => {
  throw new Error('only the leader starts ffmpeg')
}

const users = createUsersForTests([userNamed('anna', { streams: 1 })])
const admitted: PlayerRequest[] = []
let refusal: ErrorCode | undefined
let nowMs = 0
let parts: ReturnType<typeof createChannels>
const ending = new AsyncDisposableStack()
afterAll(() => ending.disposeAsync())

async function startPort(change: Parameters<typeof startPublicPort>[0] = {}): Promise<PublicPort> {
  const port = await startPublicPort({
    hls: parts.channels,
    watching: {
      begin: async () => ({ stopped: () => undefined }),
      async admitPlayer(_, request) {
        admitted.push(request)
        return refusal
      },
      count: async () => 0,
    },
    ...change,
  })
  return ending.use(port)
}

let port: PublicPort
beforeEach(async () => {
  admitted.length = 0
  refusal = undefined
  nowMs = 0
  parts = createChannels()
  const { channels } = parts
  ending.defer(() => channels.closeAll())
  port = await startPort()
})

async function answerOf(path: string, init: RequestInit = {}, { base } = port) {
  const response = await fetch(base + path, init)
  const text = await response.text()
  return { status: response.status, headers: response.headers, text }
}

const MULTIVARIANT = '/stream/news.m3u8'
const MEDIA = `/stream/news/hls/${PLAYER}/live.m3u8`
const SEGMENT = `/stream/news/hls/${PLAYER}/100.ts`
const FMP4 = `/stream/news/hls/${PLAYER}/fmp4`
const PLAYLISTS = [MULTIVARIANT, MEDIA, `${MULTIVARIANT}?format=fmp4`, `${FMP4}/live.m3u8`]
const SEGMENTS = [SEGMENT, `${FMP4}/100.m4s`]

describe('what costs no upstream', () => {
  test.each([...PLAYLISTS, ...SEGMENTS])('an allowed preflight of %s', async (path) => {
    const { status, headers } = await answerOf(path, { method: 'OPTIONS', headers: { Origin: 'http://page.example' } })
    expect([status, headers.get('access-control-allow-origin')]).toEqual([204, '*'])
    expect([parts.opened, admitted]).toEqual([[], []])
  })

  test.each(PLAYLISTS)('HEAD %s', async (path) => {
    const { status, headers } = await answerOf(path, { method: 'HEAD' })
    expect([status, headers.get('content-type')]).toEqual([200, 'application/vnd.apple.mpegurl'])
    expect([parts.opened, admitted]).toEqual([[], []])
  })

  test.each([
    ['/stream/nothing.m3u8', 'unknown-channel'],
    [`/stream/nothing/hls/${PLAYER}/live.m3u8`, 'unknown-channel'],
    [`/stream/nothing/hls/${PLAYER}/100.ts`, 'unknown-segment'],
    [`/stream/news/hls/${PLAYER}/99.ts`, 'unknown-segment'],
    [`/stream/news/hls/${PLAYER}/1e2.ts`, 'unknown-segment'],
    [`/stream/news/hls/${PLAYER}/${'9'.repeat(40)}.ts`, 'unknown-segment'],
    ['/stream/news/hls/short/100.ts', 'unknown-segment'],
    [`${FMP4}/99.m4s`, 'unknown-segment'],
    [`${FMP4}/100.ts`, 'unknown-segment'],
    [`/stream/news/hls/${PLAYER}/100.m4s`, 'unknown-segment'],
    [`/stream/news/hls/${PLAYER}/${INIT_NAME}.mp4`, 'unknown-segment'],
    [`${FMP4}/${'c'.repeat(32)}.mp4`, 'unknown-segment'],
    [`/stream/news/hls/${PLAYER}/dash/100.m4s`, 'unknown-segment'],
    [`/stream/news/hls/${PLAYER}/dash/live.m3u8`, 'not-found'],
    ['/stream/news/hls/short/live.m3u8', 'not-found'],
  ])('%s: %s', async (path, code) => {
    // Only the channel that exists has segments.
    if (path.startsWith('/stream/news')) parts.lead()
    const { status, text } = await answerOf(path)
    expect([status, (JSON.parse(text) as { readonly error: string }).error]).toEqual([404, code])
    expect([parts.opened, parts.fetched, admitted]).toEqual([[], [], []])
  })

  test.each(PLAYLISTS)('%s, requested by a node of this cluster: a loop', async (path) => {
    for (const method of ['GET', 'HEAD']) {
      const { status } = await answerOf(path, { method, headers: { Via: '1.1 kptv-ours' } })
      expect(status).toBe(508)
    }
    expect([parts.opened, admitted]).toEqual([[], []])
  })

  test.each(PLAYLISTS)('%s, when the user has reached its limit', async (path) => {
    refusal = 'user-limit'
    const { status, text, headers } = await answerOf(path)
    expect([status, text]).toEqual([429, expect.stringContaining('"user-limit"')])
    expect(headers.get('retry-after')).toBe('2')
    expect(parts.opened).toEqual([])
  })

  test.each([...PLAYLISTS, ...SEGMENTS])('%s with ENABLE_RESTREAMING off', async (path) => {
    const { status, text } = await answerOf(path, {}, await startPort({ hls: undefined }))
    expect([status, text]).toEqual([404, expect.stringContaining('"no-hls"')])
  })
})

describe('a player', () => {
  test('is one stream in all its requests', async () => {
    parts.lead()
    const multivariant = await answerOf(MULTIVARIANT)
    expect(multivariant.status).toBe(200)
    const [, player = ''] = /^news\/hls\/([\w-]{22})\/live\.m3u8$/m.exec(multivariant.text) ?? []
    const media = await answerOf(`/stream/news/hls/${player}/live.m3u8`)
    expect(media.text).toContain('\n100.ts\n')
    const segment = await answerOf(`/stream/news/hls/${player}/100.ts`)
    expect([segment.status, segment.text.length]).toEqual([200, BYTES.length])
    expect(new Set(admitted.map((request) => `${request.channelId}/${request.player}`))).toEqual(
      new Set([`news/${player}`]),
    )
    expect(admitted.at(-1)?.lifetimeMs).toBe(timing.leaseMs)
  })

  test('counts only for a moment unless it continues after the first playlist', async () => {
    parts.lead()
    await answerOf(MULTIVARIANT)
    expect(admitted.at(-1)?.lifetimeMs).toBeLessThan(timing.leaseMs)
  })

  test('gets no segment once its place is taken, and HEAD reveals the length without counting', async () => {
    parts.lead()
    refusal = 'user-limit'
    expect((await answerOf(SEGMENT)).status).toBe(429)
    const counted = admitted.length
    const { status, headers } = await answerOf(SEGMENT, { method: 'HEAD' })
    expect([status, headers.get('content-length')]).toEqual([200, String(BYTES.length)])
    expect(admitted).toHaveLength(counted)
  })

  test('ends with its token', async () => {
    parts.lead()
    const closed = await startPort({ access: users.access })
    for (const path of [...PLAYLISTS, ...SEGMENTS])
      expect((await answerOf(ONE_TOKEN + path, {}, closed)).status).toBe(200)
    users.change([userNamed('anna', { tokens: [] })])
    for (const path of [...PLAYLISTS, ...SEGMENTS])
      expect((await answerOf(ONE_TOKEN + path, {}, closed)).status).toBe(401)
  })

  test('learns why there is no media', async () => {
    const { status, text } = await answerOf(MULTIVARIANT)
    expect([status, text]).toEqual([503, expect.stringContaining('"node-full"')])
    expect(parts.opened).toContain('news')
  })
})

test('learns that a channel has ended, then finds it gone; only its address restarts it', async () => {
  parts.lead({ endedAtMs: 0 })
  for (const path of [MEDIA, `${FMP4}/live.m3u8`]) {
    const { status, text } = await answerOf(path)
    expect([status, brokenMediaRules(text, 'ended')]).toEqual([200, []])
  }
  nowMs = timing.leaseMs + 1
  expect((await answerOf(MEDIA)).status).toBe(410)
  expect((await answerOf(SEGMENT)).status).toBe(404)
  expect([parts.opened, admitted]).toEqual([[], []])
  expect((await answerOf(MULTIVARIANT)).status).toBe(503)
  expect(parts.opened).toContain('news')
})

describe('fragmented MP4', () => {
  test.each([
    ['?format=fmp4', 'fmp4'],
    ['?format=fmp4&audio=aac', 'fmp4-aac'],
  ])('%s leads to its own segments, with their header', async (query, folder) => {
    parts.lead()
    const { status, text } = await answerOf(MULTIVARIANT + query)
    expect(status).toBe(200)
    const media = `/stream/${text.trim().split('\n').at(-1)}`
    expect(media).toMatch(new RegExp(`^/stream/news/hls/[\\w-]{22}/${folder}/live\\.m3u8$`))
    const playlist = await answerOf(media)
    expect(brokenMediaRules(playlist.text)).toEqual([])
    expect(playlist.text).toContain(`#EXT-X-MAP:URI="${INIT_NAME}.mp4"\n`)
    const segment = await answerOf(media.replace('live.m3u8', '100.m4s'))
    expect([segment.status, segment.headers.get('content-type')]).toEqual([200, 'video/mp4'])
    const init = await answerOf(media.replace('live.m3u8', `${INIT_NAME}.mp4`))
    expect([init.status, init.text]).toEqual([200, INIT.toString()])
    expect(init.headers.get('cache-control')).toBe('public, max-age=120, immutable')
  })

  test('the header of segments costs no upstream, and counts nobody', async () => {
    parts.lead()
    for (const method of ['GET', 'HEAD'])
      expect((await answerOf(`${FMP4}/${INIT_NAME}.mp4`, { method })).status).toBe(200)
    expect([parts.opened, parts.fetched, admitted]).toEqual([[], [], []])
  })

  test.each([
    '?format=dash',
    '?audio=aac',
    '?format=ts&audio=aac',
    '?format=fmp4&audio=opus',
    '?format=fmp4&format=ts',
  ])('%s is refused', async (query) => {
    const { status, text } = await answerOf(MULTIVARIANT + query)
    expect([status, text]).toEqual([400, expect.stringContaining('"bad-request"')])
  })

  test('without ffmpeg the answer says so, and MPEG-TS plays', async () => {
    parts = createChannels('node-full', false)
    parts.lead()
    const { channels } = parts
    ending.defer(() => channels.closeAll())
    const without = await startPort()
    const { status, text } = await answerOf(`${MULTIVARIANT}?format=fmp4`, {}, without)
    expect([status, text]).toEqual([501, expect.stringContaining('"no-ffmpeg"')])
    expect((await answerOf(`${MULTIVARIANT}?format=ts`, {}, without)).status).toBe(200)
  })
})
