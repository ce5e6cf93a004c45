import { describe, expect, jest, test } from '@jest/globals'
import { nullPackets } from '@kptv/mpegts'
import { eventually, hasPrograms, startHlsProvider } from '@kptv/testkit'
import { playMedia } from '../../test-support/play-media.ts'
import { flashesAndTones, makeBareSoundApart, startSoundApart } from '../../test-support/sound-apart.ts'
import { reply, startProvider } from '../../test-support/start-provider.ts'
import { findFfmpeg } from '../index.ts'

jest.setTimeout(90_000)

const ffmpeg = findFfmpeg('auto', process.env.PATH ?? '')
const describeWithFfmpeg = hasPrograms('ffmpeg', 'ffprobe') ? describe : describe.skip

type Player = Awaited<ReturnType<typeof playMedia>>

/** Sound belongs to the picture if it is less than two pictures away from it. */
const TOGETHER_SECONDS = 0.07

async function expectTogether(player: Player): Promise<void> {
  const { flashes, tones } = await flashesAndTones(player.output())
  // Of the first and the last, half may be missing.
  const away = flashes.slice(1, -1).map((flash) => Math.min(...tones.map((tone) => Math.abs(tone - flash))))
  expect(away.length).toBeGreaterThanOrEqual(3)
  expect(Math.max(...away)).toBeLessThan(TOGETHER_SECONDS)
  expect(player.signature()).toBe('h264+aac')
  expect(player.report().problems.filter((problem) => !problem.includes('PCR'))).toEqual([])
}

describeWithFfmpeg('HLS with sound in a playlist of its own: one stream, over one socket', () => {
  test.concurrent.each(['mpegts', 'fmp4'] as const)('live, as ffmpeg packages it: %s', async (type) => {
    await using packager = await startSoundApart(type)
    const folder = { segmentMs: 1_000, variants: [], folder: packager.folder }
    // Tokens expire meanwhile: both playlists go on from the catalogue's address.
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

  test.concurrent('over a discontinuity of both, output and sound go on', async () => {
    await using packager = await startSoundApart('mpegts')
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

  test.concurrent('that cannot be had any more: the reason is told, not that ffmpeg could do nothing with the rest', async () => {
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

  test.concurrent('a film with bare sound, to its end', async () => {
    await using film = await makeBareSoundApart(8)
    await using provider = await startHlsProvider({ segmentMs: 1_000, variants: [], folder: film.folder })
    await using player = await playMedia(provider.url, { ffmpeg })
    await eventually('its end', () => player.seen.error, { deadlineMs: 60_000 })
    expect(player.seen.error).toMatchObject({ code: 'hls-finished' })
    expect(player.report().keyFrames).toBe(8)
    await expectTogether(player)
  })
})
