import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, jest, test } from '@jest/globals'
import { nullPackets } from '@kptv/mpegts'
import { eventually, hasPrograms, startHlsProvider } from '@kptv/testkit'
import { playMedia } from '../../test-support/play-media.ts'
import {
  flashesAndTones,
  listLive,
  type Mark,
  makeSeparatePackedAudio,
  startSeparateAudio,
} from '../../test-support/separate-audio.ts'
import { reply, startProvider } from '../../test-support/start-provider.ts'
import { findFfmpeg } from '../index.ts'

jest.setTimeout(90_000)

const ffmpeg = findFfmpeg('auto', process.env.PATH ?? '')
const describeWithFfmpeg = hasPrograms('ffmpeg', 'ffprobe') ? describe : describe.skip

type Player = Awaited<ReturnType<typeof playMedia>>

/** Audio belongs to the video if it is less than two video away from it, and of its second. */
const TOGETHER_SECONDS = 0.07
/**
 * They end together, even if one begins late where an input begins; those of the next second are
 * longer or shorter by twice that.
 */
const SAME_END_SECONDS = 0.06

async function expectTogether(player: Player, { maxSilent = 0, holes = [] as string[] } = {}): Promise<void> {
  const { flashes, tones } = await flashesAndTones(player.output())
  const pairs = flashes.slice(0, -1).map((flash) => {
    const apart = ({ start }: Mark): number => Math.abs(start - flash.start)
    return { flash, tone: tones.filter((tone) => apart(tone) < 0.5).sort((one, other) => apart(one) - apart(other))[0] }
  })
  const wrong = pairs.filter(({ flash, tone }) => tone !== undefined && !areTogether(flash, tone))
  expect(wrong).toEqual([])
  const silent = pairs.filter(({ tone }) => tone === undefined)
  expect(silent.length).toBeLessThanOrEqual(maxSilent)
  expect(pairs.length - silent.length).toBeGreaterThanOrEqual(3)
  expect(player.signature()).toBe('h264+aac')
  expect(player.report().problems.filter((problem) => !problem.includes('PCR'))).toEqual(holes)
}

function areTogether(flash: Mark, tone: Mark): boolean {
  const isNear = Math.abs(flash.start - tone.start) < TOGETHER_SECONDS
  const endOf = ({ start, length }: Mark): number => start + length
  return isNear && Math.abs(endOf(flash) - endOf(tone)) < SAME_END_SECONDS
}

/**
 * Packed audio in live playlists that grow in real time, from ten seconds on at the first request.
 */
async function startLivePackedAudio(options: {
  readonly isTagged: boolean
  readonly hasDates: boolean
  readonly isMissing?: (path: string) => boolean
}) {
  const { isTagged, hasDates, isMissing = () => false } = options
  const media = await makeSeparatePackedAudio(45, { isTagged })
  let startedAtMs: number | undefined
  const provider = await startProvider(async ({ path }, socket) => {
    startedAtMs ??= performance.now() - 10_000
    const lists: Record<string, string> = listLive(media, { nowMs: performance.now() - startedAtMs, hasDates })
    const name = path.slice(1)
    const body = lists[name] ?? (await readFile(join(media.folder, name)))
    if (isMissing(name)) reply(socket, '404 No')
    else reply(socket, '200 OK', body)
  })
  return {
    url: provider.url('/master'),
    async [Symbol.asyncDispose]() {
      await provider[Symbol.asyncDispose]()
      await media[Symbol.asyncDispose]()
    },
  }
}

describeWithFfmpeg('HLS with audio in a playlist of its own: one stream, over one socket', () => {
  test.concurrent.each(['mpegts', 'fmp4'] as const)('live, as ffmpeg packages it: %s', async (type) => {
    await using packager = await startSeparateAudio(type)
    const folder = { segmentMs: 1_000, variants: [], folder: packager.folder }
    // Tokens expire meanwhile: both playlists continue from the catalogue's address.
    await using provider = await startHlsProvider({ ...folder, tokenLifetimeMs: 3_000 })
    await using player = await playMedia(provider.url, { ffmpeg })
    await eventually('eight seconds of media', () => player.seen.error || player.report().keyFrames >= 8, {
      deadlineMs: 60_000,
    })
    expect(player.seen.error).toBeUndefined()
    expect([player.seen.inputs, provider.truth().mostSockets]).toEqual([2, 1])
    expect(provider.truth().requests.some(({ status }) => status === 403)).toBe(true)
    await expectTogether(player)
  })

  test.concurrent('output and audio continue across a discontinuity of both', async () => {
    await using packager = await startSeparateAudio('mpegts')
    await using provider = await startHlsProvider({ segmentMs: 1_000, variants: [], folder: packager.folder })
    await using player = await playMedia(provider.url, { ffmpeg })
    await eventually('media', () => player.seen.error || player.report().keyFrames >= 3, { deadlineMs: 60_000 })
    await packager.interrupt()
    await eventually('the new clock', () => player.seen.error || player.seen.inputs === 3, { deadlineMs: 60_000 })
    const { keyFrames } = player.report()
    await eventually('more', () => player.seen.error || player.report().keyFrames >= keyFrames + 3, {
      deadlineMs: 60_000,
    })
    expect(player.seen.error).toBeUndefined()
    await expectTogether(player)
  })

  test.concurrent('that is no longer available: reports the reason, not that ffmpeg failed in consequence', async () => {
    const packets = nullPackets(20)
    const rest = Array.from({ length: 8 }, (_, index) => `#EXTINF:1,\nno${index}`)
    const found: Record<string, string | Buffer> = {
      '/': '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="s",URI="s"\n#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="s"\np\n',
      '/p': '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\na\n',
      '/s': ['#EXTM3U', '#EXT-X-TARGETDURATION:1', '#EXTINF:1,', 'a', ...rest, '#EXT-X-ENDLIST', ''].join('\n'),
      '/a': packets,
    }
    await using provider = await startProvider(({ path }, socket) =>
      found[path] === undefined ? reply(socket, '404 No') : reply(socket, '200 OK', found[path]),
    )
    await using player = await playMedia(provider.url('/'), { ffmpeg })
    await eventually('it fails', () => player.seen.error, { deadlineMs: 60_000 })
    expect(player.seen.error).toMatchObject({ code: 'hls-segments-missing' })
  })

  test.concurrent.each([
    ['that says when it begins', { isTagged: true, hasDates: false }],
    ['by the dates of the playlists', { isTagged: false, hasDates: true }],
  ])('live packed audio, %s', async (_, kind) => {
    await using live = await startLivePackedAudio(kind)
    await using player = await playMedia(live.url, { ffmpeg })
    await eventually('eight seconds', () => player.seen.error || player.report().keyFrames >= 8, { deadlineMs: 60_000 })
    expect([player.seen.error, player.seen.inputs]).toEqual([undefined, 2])
    await expectTogether(player)
  })

  test.concurrent.each([
    ['that says when it begins', { isTagged: true, hasDates: false }],
    ['by the dates of the playlists', { isTagged: false, hasDates: true }],
  ])('live packed audio of which a segment is missing, %s', async (_, kind) => {
    await using live = await startLivePackedAudio({ ...kind, isMissing: (name) => name === 's5.aac' })
    await using player = await playMedia(live.url, { ffmpeg })
    await eventually('fourteen seconds', () => player.seen.error || player.report().keyFrames >= 14, {
      deadlineMs: 60_000,
    })
    expect([player.seen.error, player.seen.inputs]).toEqual([undefined, 3])
    // Of the audio only: the video continues.
    await expectTogether(player, { maxSilent: 4, holes: ['1 jumps of PTS or DTS'] })
  })

  test.concurrent('live packed audio at an unknown time is refused', async () => {
    await using live = await startLivePackedAudio({ isTagged: false, hasDates: false })
    await using player = await playMedia(live.url, { ffmpeg })
    await eventually('it fails', () => player.seen.error, { deadlineMs: 60_000 })
    expect([player.seen.error, player.seen.bytes]).toMatchObject([{ code: 'hls-audio-untimed' }, 0])
  })

  test.concurrent.each([true, false])(
    'a VOD with packed audio, to its end (states its start: %s)',
    async (isTagged) => {
      await using VOD = await makeSeparatePackedAudio(8, { isTagged })
      await using provider = await startHlsProvider({ segmentMs: 1_000, variants: [], folder: VOD.folder })
      await using player = await playMedia(provider.url, { ffmpeg })
      await eventually('its end', () => player.seen.error, { deadlineMs: 60_000 })
      expect(player.seen.error).toMatchObject({ code: 'hls-finished' })
      expect(player.report().keyFrames).toBe(8)
      await expectTogether(player)
    },
  )
})
