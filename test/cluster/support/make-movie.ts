import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Long enough that a browser does not read it as a whole at once. */
export const MOVIE_SECONDS = 600

/** A VOD for browsers: H.264 in an MP4 file, its index first. Needs ffmpeg. */
export async function makeMovie(path: string) {
  await run('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=5', '-t', `${MOVIE_SECONDS}`],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '20', '-pix_fmt', 'yuv420p'],
    ...['-movflags', '+faststart', path],
  ])
  const { size } = await stat(path)
  return { kind: 'bytes', sizeBytes: size, path } as const
}
