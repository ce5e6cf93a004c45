import { beforeAll, describe, expect, jest, test } from '@jest/globals'
import { eventually, hasPrograms } from '@kptv/testkit'
import { readMedia } from '../../test-support/read-media.ts'
import { startFiles } from '../../test-support/small-vod.ts'
import { makeTwoLanguages, toneOf, tracksOf } from '../../test-support/two-languages.ts'
import { findFfmpeg } from '../index.ts'

jest.setTimeout(90_000)

const ffmpeg = findFfmpeg('auto', process.env.PATH ?? '')
const describeWithFfmpeg = hasPrograms('ffmpeg', 'ffprobe') ? describe : describe.skip

const rendition = (language: string, more = '', uri = `${language}.m3u8`) =>
  `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="${language}",LANGUAGE="${language}"${more},URI="${uri}"`

describeWithFfmpeg('audio of several languages, each a playlist of its own', () => {
  let files: Map<string, string | Buffer>

  beforeAll(async () => {
    files = await makeTwoLanguages()
  })

  async function play(renditions: readonly string[]) {
    const variant = ['#EXT-X-STREAM-INF:BANDWIDTH=900000,AUDIO="a"', 'video.m3u8']
    const all = new Map([...files, ['/master.m3u8', ['#EXTM3U', ...renditions, ...variant, ''].join('\n')]])
    await using provider = await startFiles(all)
    await using media = await readMedia(provider.url('/master.m3u8'), { ffmpeg })
    await eventually('it ends', () => media.error(), { deadlineMs: 40_000 })
    expect(media.error()).toMatchObject({ code: 'hls-finished' })
    const tracks = await tracksOf(media.bytes())
    return {
      bytes: media.bytes(),
      tracks: tracks.map(({ codec_name: codec, tags }) => `${codec} ${tags?.language ?? ''}`),
    }
  }

  test('all are in the output, the default first, each with its language', async () => {
    const { bytes, tracks } = await play([rendition('en'), rendition('es', ',DEFAULT=YES')])
    expect(tracks).toEqual(['h264 ', 'aac spa', 'aac eng'])
    expect(Math.abs((await toneOf(bytes, 0)) - 880)).toBeLessThan(20)
    expect(Math.abs((await toneOf(bytes, 1)) - 440)).toBeLessThan(20)
  })

  test('an unavailable language is left out', async () => {
    const { tracks } = await play([rendition('fr'), rendition('es')])
    expect(tracks).toEqual(['h264 ', 'aac spa'])
  })
})
