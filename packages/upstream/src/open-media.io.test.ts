import { describe, expect, jest, test } from '@jest/globals'
import { eventually, type HlsProviderOptions, madeVariant, startHlsProvider } from '@kptv/testkit'
import { made, plays, SEGMENT_MS, startLiveHls } from '../test-support/live-hls.ts'
import { playMedia } from '../test-support/play-media.ts'
import { reply, startProvider } from '../test-support/start-provider.ts'
import { watchClientSockets } from '../test-support/watch-sockets.ts'

jest.setTimeout(60_000)

describe('HLS comes out as one valid transport stream', () => {
  test.concurrent.each<[string, Partial<HlsProviderOptions>]>([
    ['behind a redirect, with relative addresses, under a name and types that lie', {}],
    ['without a master', { hasNoMaster: true }],
    ['compressed', { isGzipped: true }],
    ['encrypted, with vectors in the playlist', { encryption: { iv: 'explicit', segmentsPerKey: 2 } }],
    ['encrypted, with vectors from the sequence numbers', { encryption: { iv: 'sequence', segmentsPerKey: 3 } }],
    ['as ranges of one resource', { byteRanges: true }],
    ['with tokens that expire all the time (P9)', { tokenRequests: 5 }],
  ])('%s', async (_, options) => {
    await using provider = await startLiveHls(options)
    await using player = await playMedia(provider.url)
    await plays(player, 4_000)
    const { problems, sequence } = player.report()
    expect([problems, sequence.lost, player.seen.inputs]).toEqual([[], 0, 1])
    expect(provider.truth().mostSockets).toBe(1)
  })

  test('H16: over one socket at a time, even from redirect to redirect; none is left behind', async () => {
    using sockets = watchClientSockets()
    await using provider = await startLiveHls({ tokenRequests: 4 })
    await using player = await playMedia(provider.url)
    await plays(player, 2_500)
    await player.close()
    expect(provider.truth().requests.filter(({ status }) => status === 403).length).toBeGreaterThan(1)
    expect([sockets.maxAtOnce, sockets.openNow, provider.truth().mostSockets]).toEqual([1, 0, 1])
  })

  test('H18: on one connection to one server after the first answer, a key requested once', async () => {
    await using provider = await startLiveHls({ encryption: { iv: 'sequence', segmentsPerKey: 1_000 } })
    await using player = await playMedia(provider.url)
    await plays(player, 4_000)
    const { connections, requests } = provider.truth()
    // The catalogue's address, its redirects, and the rest.
    expect(connections).toBe(3)
    expect(requests.filter(({ status }) => status === 302).length).toBe(1)
    expect(requests.filter(({ path }) => path.startsWith('/key')).length).toBe(1)
    expect(new Set(requests.map(({ headers }) => headers['user-agent']))).toEqual(new Set(['kptv/1']))
  })

  test('H17: playlists are requested conditionally, at most once per half target duration', async () => {
    await using provider = await startLiveHls()
    await using player = await playMedia(provider.url)
    await plays(player, 5_000)
    const asked = provider.truth().requests.filter(({ path }) => path.endsWith('index.m3u8'))
    const pauses = asked.slice(1).map(({ atMs }, index) => atMs - asked[index]!.atMs)
    expect(Math.min(...pauses)).toBeGreaterThan(450)
    expect(asked.slice(1).every(({ headers }) => headers['if-none-match'] !== undefined)).toBe(true)
  })

  test('the best variant within the limits', async () => {
    await using provider = await startLiveHls({
      variants: [made(500_000, 360), made(3_000_000, 1080), made(1_500_000, 720)],
    })
    const variantOf = async (variantLimits: object): Promise<string | undefined> => {
      await using player = await playMedia(provider.url, { variantLimits })
      await plays(player, 500)
      return provider
        .truth()
        .requests.findLast(({ path }) => path.endsWith('.ts') && path.startsWith('/v'))
        ?.path.slice(0, 3)
    }
    expect(await variantOf({})).toBe('/v1')
    expect(await variantOf({ maxHeight: 720 })).toBe('/v2')
    expect(await variantOf({ maxBandwidth: 600_000 })).toBe('/v0')
  })

  test('H10: every segment a discontinuity: rebased each time', async () => {
    const variant = madeVariant({
      segmentMs: SEGMENT_MS,
      gopMs: SEGMENT_MS,
      bandwidth: 1,
      isDiscontinuous: () => true,
    })
    await using provider = await startLiveHls({ variants: [variant] })
    await using player = await playMedia(provider.url)
    await plays(player, 3_500)
    expect(player.seen.inputs).toBeGreaterThan(5)
    expect(player.report().problems).toEqual([])
  })
})

describe('the pace is that of the stream', () => {
  test('a lead arrives fast, the rest in real time, without pauses as long as a segment', async () => {
    const long = 2_000
    await using provider = await startHlsProvider({
      segmentMs: long,
      variants: [madeVariant({ segmentMs: long, bandwidth: 1 })],
    })
    const playedMs: number[] = []
    const isFastAndEven = async () => {
      const startedMs = performance.now()
      await using player = await playMedia(provider.url)
      await plays(player, 2_500)
      const leadMs = performance.now() - startedMs
      await plays(player, 7_000)
      playedMs.push(performance.now() - startedMs)
      return leadMs < 2_500 && (player.report().arrival.longestGap?.durationMs ?? 0) < 1_000
    }
    // A busy machine makes some of them late; missing ones never come.
    await eventually('one comes so', isFastAndEven, { deadlineMs: 60_000 })
    expect(Math.min(...playedMs)).toBeGreaterThan(3_500)
  }, 120_000)
})

describe('other content', () => {
  test('arrives unchanged', async () => {
    const segment = made().segment(0)
    await using provider = await startProvider((_request, socket) => reply(socket, '200 OK', segment))
    await using player = await playMedia(provider.url('/live/1.m3u8'))
    await eventually('it ends', () => player.seen.ended)
    expect(player.report().problems).toEqual([])
    expect(player.patienceMs()).toBeUndefined()
  })
})
