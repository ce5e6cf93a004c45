import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'
import { eventually, hasPrograms, startFakeProviderThread } from '@kptv/testkit'
import { startCluster } from './support/start-cluster.ts'

const run = promisify(execFile)

/** A live transport stream with the programs 101 (320×180) and 102 (640×360). */
const ENCODER = {
  command: 'ffmpeg',
  arguments: [
    ...['-v', 'error', '-re', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25'],
    ...['-re', '-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=25'],
    ...['-re', '-f', 'lavfi', '-i', 'sine=frequency=440', '-map', '0', '-map', '2', '-map', '1', '-map', '2'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '25', '-pix_fmt', 'yuv420p'],
    ...['-c:a', 'mp2', '-f', 'mpegts'],
    ...['-program', 'title=One:program_num=101:st=0:st=1', '-program', 'title=Two:program_num=102:st=2:st=3', 'pipe:1'],
  ],
}

/** A station that sends MP3, as it is. */
const RADIO = {
  command: 'ffmpeg',
  arguments: [
    ...['-v', 'error', '-re', '-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=44100'],
    ...['-c:a', 'libmp3lame', '-b:a', '128k', '-f', 'mp3', '-flush_packets', '1', 'pipe:1'],
  ],
}

const LIST = `#EXTM3U
#EXTINF:-1,First
{{base}}/live/{{user}}/{{password}}/1.ts
#EXTINF:-1,Two
#EXTVLCOPT:program=102
{{base}}/live/{{user}}/{{password}}/1.ts
#EXTINF:-1,Absent
#EXTVLCOPT:program=999
{{base}}/live/{{user}}/{{password}}/1.ts
#EXTINF:-1,Station
{{base}}/live/{{user}}/{{password}}/2.ts
`

const testWithFfmpeg = hasPrograms('ffmpeg', 'ffprobe') ? test : test.skip

testWithFfmpeg(
  'entries of one address play the program that each names, over a restart of the provider too',
  async () => {
    await using provider = await startFakeProviderThread({
      accounts: [{ user: 'user', password: 'pass', limit: 3 }],
      entries: [
        { streamId: '1', name: 'Multiplex', media: { kind: 'process', ...ENCODER } },
        { streamId: '2', name: 'Station', media: { kind: 'process', ...RADIO } },
      ],
      playlist: { body: LIST },
    })
    await using cluster = await startCluster({ sources: `${provider.playlistUrl()}|3` })
    await eventually('the list is imported', async () => (await cluster.status()).catalog.channels === 4)
    const heights = async (name: string): Promise<unknown> => {
      // Two seconds have several key frames; ffprobe would read five.
      const show = ['-v', 'error', '-analyzeduration', '2M', '-show_entries', 'stream=codec_type,height', '-of', 'json']
      const { stdout } = await run('ffprobe', [...show, await cluster.streamUrl(name)])
      const { streams } = JSON.parse(stdout) as {
        readonly streams: Array<{ readonly codec_type: string; readonly height?: number }>
      }
      return streams.map(({ codec_type: kind, height }) => height ?? kind)
    }
    expect(await heights('Two')).toEqual([360, 'audio'])
    expect(await heights('First')).toEqual([180, 'audio'])
    expect(await heights('Absent')).toEqual([180, 'audio'])
    provider.cut('destroy')
    expect(await heights('Two')).toEqual([360, 'audio'])

    /** Its form and codec, as ffmpeg decodes two seconds of it without an error. */
    const audioOf = async (address: string): Promise<unknown> => {
      const input = ['-hide_banner', '-xerror', '-analyzeduration', '1M', '-i', address]
      const { stderr } = await run('ffmpeg', [...input, '-t', '2', '-vn', '-f', 'null', '-'])
      return [/^Input #0, (\w+),/m.exec(stderr)?.[1], /: Audio: (\w+)/.exec(stderr)?.[1]]
    }
    const [station, first] = [await cluster.streamUrl('Station'), await cluster.streamUrl('First')]
    provider.resetTruth()
    expect(await Promise.all([station, `${station}.mp3`, `${first}.mp3`].map(audioOf))).toEqual([
      ['mpegts', 'mp3'],
      ['mp3', 'mp3'],
      ['mp3', 'mp2'],
    ])
    expect(provider.truth().channels['2']?.highWaterMark).toBe(1)
    const other = await fetch(`${station}.aac`)
    expect([other.status, ((await other.json()) as { readonly error: string }).error]).toEqual([404, 'no-such-audio'])
    const head = await fetch(`${station}.mp3`, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-type')]).toEqual([200, 'audio/mpeg'])
  },
  240_000,
)
