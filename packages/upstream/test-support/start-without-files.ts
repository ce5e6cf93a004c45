import { closeSync, openSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { copyStreams } from '../src/ffmpeg/copy-streams.ts'
import { startFfmpeg } from '../src/ffmpeg/ffmpeg-process.ts'
import { UpstreamError } from '../src/upstream-error.ts'

/** Run with a low limit of open files: what becomes of ffmpeg when there are none left. */
const ffmpeg = { path: '/bin/cat', guard: undefined }
const held: number[] = []
try {
  for (;;) held.push(openSync('/dev/null', 'r'))
} catch {}

const outcomes: unknown[] = []
for (const inputs of [1, 2] as const) {
  const started = startFfmpeg(ffmpeg, [], { inputs })
  await started.outputs[0]!.toArray()
  outcomes.push(await started.ended)
  await started.kill()
}
const input = () => ({ container: 'mpegts' as const, bytes: new PassThrough().end('1'), tracks: ['v:0?'] })
try {
  const options = { ffmpeg, url: 'http://h/', signal: new AbortController().signal }
  for await (const _ of copyStreams([input(), input()], options));
} catch (error) {
  outcomes.push(error instanceof UpstreamError ? error.code : String(error))
}
for (const file of held) closeSync(file)
process.stdout.write(JSON.stringify(outcomes))
