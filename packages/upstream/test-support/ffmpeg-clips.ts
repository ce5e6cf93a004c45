import { execFile, spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

const VIDEO = ['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25']
const AUDIO = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000']
const ENCODE = [
  ...['-c:v', 'libx264', '-preset', 'ultrafast', '-profile:v', 'baseline', '-g', '25', '-pix_fmt', 'yuv420p'],
  // The checker expects video at the start of a unit, not after the encoder's description of
  // itself.
  ...['-bsf:v', 'filter_units=remove_types=6', '-c:a', 'aac', '-ac', '2'],
]

/** Segments of a second, as a packager makes them; the header too, if there is one. */
export async function makeSegments(
  kind: 'fmp4' | 'aac',
  seconds: number,
): Promise<{ readonly header: Buffer | undefined; readonly segments: Buffer[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'kptv-clips-'))
  const common = ['-v', 'error', '-f', 'hls', '-hls_time', '1', '-hls_list_size', '0', '-t', String(seconds)]
  const names = ['-hls_segment_filename', join(folder, 's%03d.bin'), join(folder, 'list.m3u8')]
  try {
    const parameters =
      kind === 'fmp4'
        ? [...VIDEO, ...AUDIO, ...ENCODE, ...common, '-hls_segment_type', 'fmp4', ...names]
        : [
            ...AUDIO,
            '-map',
            '0:a',
            '-c:a',
            'aac',
            '-v',
            'error',
            '-t',
            String(seconds),
            '-f',
            'segment',
            '-segment_time',
            '1',
          ]
    const target = kind === 'aac' ? ['-segment_format', 'adts', join(folder, 's%03d.bin')] : []
    await run('ffmpeg', [...parameters, ...target])
    const files = (await readdir(folder)).filter((name) => name.endsWith('.bin')).sort()
    const segments = await Promise.all(files.map((name) => readFile(join(folder, name))))
    const header = kind === 'fmp4' ? await readFile(join(folder, 'init.mp4')) : undefined
    return { header, segments }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A live encoder that sends somewhere; ended when disposed. */
export function startEncoder(output: readonly string[]): AsyncDisposable & { readonly pid: number } {
  const child = spawn(
    'ffmpeg',
    ['-v', 'error', '-re', ...VIDEO, '-re', ...AUDIO, ...ENCODE, '-tune', 'zerolatency', ...output],
    { stdio: 'ignore' },
  )
  const ended = new Promise((resolve) => child.once('close', resolve))
  return {
    pid: child.pid!,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
