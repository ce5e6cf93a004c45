import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type LivePackager, startLivePackager } from '@kptv/testkit'

const run = promisify(execFile)

/** An interruption starts the clip again, too. */
type Packager = LivePackager & {
  /** With `master` in it. */
  readonly folder: string
}

const SEGMENT_SECONDS = 2
/** Then it starts again, its time runs on. */
const CLIP_SECONDS = 64
const SIZES = ['320x180', '192x108', '160x90']

/**
 * A live HLS stream as ffmpeg packages it: a master with three variants, AES-128, segments of two
 * seconds, the last six listed. Encoded before, so that the machine is free when it plays.
 */
export async function startPackager(): Promise<Packager> {
  const folder = await mkdtemp(join(tmpdir(), 'kptv-hls-'))
  const live = join(folder, 'live')
  await mkdir(live)
  const clips = await Promise.all(SIZES.map((size) => makeClip(folder, size)))
  await writeFile(join(live, 'key.bin'), Buffer.from('0123456789abcdef'))
  await writeFile(join(folder, 'key-info'), `../key.bin\n${join(live, 'key.bin')}\n`)

  const packager = await startLivePackager({
    folder,
    playlists: [join('live', 'v0', 'index.m3u8')],
    input: [
      ...clips.flatMap((clip) => ['-re', '-stream_loop', '-1', '-i', clip]),
      ...clips.flatMap((_, index) => ['-map', `${index}:v`, '-map', `${index}:a`]),
      ...['-c', 'copy', '-b:v:0', '900k', '-b:v:1', '400k', '-b:v:2', '200k'],
    ],
    output: [
      ...['-hls_time', String(SEGMENT_SECONDS), '-hls_delete_threshold', '5'],
      ...['-hls_key_info_file', join(folder, 'key-info')],
      ...['-var_stream_map', clips.map((_, index) => `v:${index},a:${index}`).join(' '), '-master_pl_name', 'master'],
      ...['-hls_segment_filename', join(live, 'v%v', 's%d.ts'), join(live, 'v%v', 'index.m3u8')],
    ],
  })
  return { ...packager, folder: live }
}

async function makeClip(folder: string, size: string): Promise<string> {
  const file = join(folder, `${size}.mp4`)
  await run('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=25`],
    ...['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000', '-t', String(CLIP_SECONDS)],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-profile:v', 'baseline', '-g', '25', '-pix_fmt', 'yuv420p'],
    ...['-bsf:v', 'filter_units=remove_types=6', '-c:a', 'aac', '-ac', '2', file],
  ])
  return file
}
