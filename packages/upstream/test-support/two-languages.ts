import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const SECONDS = 8

/**
 * Video in one VOD playlist, audio of 440 Hz (`en`) and 880 Hz (`es`) in others; files by path,
 * without a master.
 */
export async function makeTwoLanguages(): Promise<Map<string, string | Buffer>> {
  const folder = await mkdtemp(join(tmpdir(), 'kptv-languages-'))
  try {
    const clips: ReadonlyArray<[string, string[]]> = [
      [
        'video',
        ['testsrc2=size=160x90:rate=25', '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-pix_fmt', 'yuv420p'],
      ],
      ['en', ['sine=frequency=440:sample_rate=48000', '-c:a', 'aac']],
      ['es', ['sine=frequency=880:sample_rate=48000', '-c:a', 'aac']],
    ]
    for (const [name, [source, ...encode]] of clips) {
      const hls = ['-f', 'hls', '-hls_time', '2', '-hls_playlist_type', 'vod', '-hls_segment_filename', `${name}%d.ts`]
      const input = ['-v', 'error', '-f', 'lavfi', '-i', source!, '-t', String(SECONDS)]
      await run('ffmpeg', [...input, ...encode, ...hls, `${name}.m3u8`], { cwd: folder })
    }
    const names = await readdir(folder)
    return new Map(
      await Promise.all(names.map(async (name) => [`/${name}`, await readFile(join(folder, name))] as const)),
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

type Track = { readonly codec_name: string; readonly tags?: { readonly language?: string } }

/** The streams that ffprobe finds in a transport stream. */
export async function tracksOf(stream: Buffer): Promise<Track[]> {
  return withFile(stream, async (file) => {
    const { stdout } = await run('ffprobe', ['-v', 'error', '-show_streams', '-of', 'json', file])
    return (JSON.parse(stdout) as { readonly streams: Track[] }).streams
  })
}

/** How often a second an audio track crosses zero upwards: its tone. */
export async function toneOf(stream: Buffer, track: number): Promise<number> {
  return withFile(stream, async (file) => {
    const samples = ['-map', `0:a:${track}`, '-ac', '1', '-ar', '8000', '-f', 's16le', '-']
    const { stdout } = await run('ffmpeg', ['-v', 'error', '-i', file, ...samples], {
      encoding: 'buffer',
      maxBuffer: 1e8,
    })
    let crossings = 0
    const count = Math.floor(stdout.length / 2)
    for (let at = 1; at < count; at += 1) {
      if (stdout.readInt16LE(at * 2 - 2) < 0 && stdout.readInt16LE(at * 2) >= 0) crossings += 1
    }
    return crossings / (count / 8_000)
  })
}

async function withFile<Result>(stream: Buffer, use: (file: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'kptv-tracks-'))
  try {
    await writeFile(join(folder, 'stream.ts'), stream)
    return await use(join(folder, 'stream.ts'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
