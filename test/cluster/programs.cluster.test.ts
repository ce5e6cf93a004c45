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

const LIST = `#EXTM3U
#EXTINF:-1,First
{{base}}/live/{{user}}/{{password}}/1.ts
#EXTINF:-1,Two
#EXTVLCOPT:program=102
{{base}}/live/{{user}}/{{password}}/1.ts
#EXTINF:-1,Absent
#EXTVLCOPT:program=999
{{base}}/live/{{user}}/{{password}}/1.ts
`

const testWithFfmpeg = hasPrograms('ffmpeg', 'ffprobe') ? test : test.skip

testWithFfmpeg(
  'entries of one address play the program that each names, over a restart of the provider too',
  async () => {
    await using provider = await startFakeProviderThread({
      accounts: [{ user: 'user', password: 'pass', limit: 3 }],
      entries: [{ streamId: '1', name: 'Multiplex', media: { kind: 'process', ...ENCODER } }],
      playlist: { body: LIST },
    })
    await using cluster = await startCluster({ sources: `${provider.playlistUrl()}|3` })
    await eventually('the list is imported', async () => (await cluster.status()).catalog.channels === 3)
    const heights = async (name: string): Promise<unknown> => {
      // Two seconds have several key frames; ffprobe would read five.
      const show = ['-v', 'error', '-analyzeduration', '2M', '-show_entries', 'stream=codec_type,height', '-of', 'json']
      const { stdout } = await run('ffprobe', [...show, await cluster.streamUrl(name)])
      const { streams } = JSON.parse(stdout) as { streams: Array<{ codec_type: string; height?: number }> }
      return streams.map(({ codec_type: kind, height }) => height ?? kind)
    }
    expect(await heights('Two')).toEqual([360, 'audio'])
    expect(await heights('First')).toEqual([180, 'audio'])
    expect(await heights('Absent')).toEqual([180, 'audio'])
    provider.cut('destroy')
    expect(await heights('Two')).toEqual([360, 'audio'])
  },
  240_000,
)
