import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, jest, test } from '@jest/globals'
import { nullPackets } from '@kptv/mpegts'
import { eventually } from '@kptv/testkit'
import { playMedia } from '../../test-support/play-media.ts'
import { reply, startProvider } from '../../test-support/start-provider.ts'

jest.setTimeout(60_000)

const ends: Array<() => unknown> = []

afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

/** A program that fails as soon as the file `now` exists. */
async function makeFailingProgram() {
  const folder = await mkdtemp(join(tmpdir(), 'kptv-failing-'))
  ends.push(() => rm(folder, { recursive: true, force: true }))
  const [path, now] = [join(folder, 'program'), join(folder, 'now')]
  await writeFile(path, `#!/bin/sh\nuntil [ -e ${now} ]; do sleep 0.05; done\nexit 1\n`)
  await chmod(path, 0o755)
  return { ffmpeg: { path, guard: undefined }, fail: () => writeFile(now, '') }
}

test('reports a failure of ffmpeg at once, not when the provider has answered', async () => {
  const { ffmpeg, fail } = await makeFailingProgram()
  const list = (...lines: string[]) => ['#EXTM3U', '#EXT-X-TARGETDURATION:1', ...lines, ''].join('\n')
  const found: Record<string, string | Buffer> = {
    '/': '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="s",URI="s"\n#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="s"\np\n',
    '/p': list('#EXTINF:1,', 'segment'),
    '/s': list('#EXTINF:1,', 'segment', '#EXT-X-MAP:URI="header"', '#EXTINF:1,', 'more'),
    '/segment': nullPackets(20),
  }
  let isClosed = false
  await using provider = await startProvider(({ path }, socket) => {
    if (path !== '/header') return reply(socket, '200 OK', found[path])
    socket.once('close', () => {
      isClosed = true
    })
    // It keeps on coming, up to the limit of a minute.
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n')
    const timer = setInterval(() => socket.write('.'), 200)
    ends.push(() => clearInterval(timer))
    void fail()
  })
  await using player = await playMedia(provider.url('/'), { ffmpeg })
  await eventually('it fails', () => player.seen.error, { deadlineMs: 30_000 })
  expect(player.seen.error).toMatchObject({ code: 'ffmpeg-failed' })
  await eventually('the request is ended', () => isClosed)
})
