import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type LivePackager, startLivePackager } from '@kptv/testkit'

const run = promisify(execFile)

/**
 * In every second a white video and a tone at its very beginning, so that it can be heard and seen
 * whether they belong together: those of one second are of one length, and no others in the six
 * seconds around it are. Between the tones there is a little noise: of silence, an encoder makes
 * units of many frames.
 */
const IS_MARK = 'lt(mod(t,1),0.12+0.12*mod(floor(t),6))'
const VIDEO = ['-f', 'lavfi', '-i', `color=black:size=320x180:rate=25,drawbox=t=fill:color=white:enable='${IS_MARK}'`]
const AUDIO = ['-f', 'lavfi', '-i', `aevalsrc='if(${IS_MARK},sin(2*PI*1000*t),0)+0.003*random(0)':sample_rate=48000`]
const ENCODE_VIDEO = [
  ...['-c:v', 'libx264', '-preset', 'ultrafast', '-profile:v', 'baseline', '-g', '25', '-pix_fmt', 'yuv420p'],
  ...['-bsf:v', 'filter_units=remove_types=6', '-b:v', '500k'],
]
const ENCODE_AUDIO = ['-c:a', 'aac', '-ac', '2']

type Folder = AsyncDisposable & { readonly folder: string }

type SeparateAudio = Folder & LivePackager

/**
 * Live output of ffmpeg: a master, video in one playlist, audio in another. `master` lies in the
 * folder.
 */
export async function startSeparateAudio(segmentType: 'mpegts' | 'fmp4'): Promise<SeparateAudio> {
  const folder = await mkdtemp(join(tmpdir(), 'kptv-audio-'))
  const extension = segmentType === 'fmp4' ? 'm4s' : 'ts'
  const packager = await startLivePackager({
    folder,
    playlists: ['video.m3u8', 'audio.m3u8'],
    input: ['-re', ...VIDEO, '-re', ...AUDIO, '-map', '0:v', '-map', '1:a', ...ENCODE_VIDEO, ...ENCODE_AUDIO],
    output: [
      ...['-hls_time', '1', '-hls_segment_type', segmentType, '-master_pl_name', 'master'],
      ...['-var_stream_map', 'v:0,agroup:audio,name:video a:0,agroup:audio,default:yes,name:audio'],
      ...['-hls_segment_filename', join(folder, `%v-%d.${extension}`), join(folder, '%v.m3u8')],
    ],
  })
  return { ...packager, folder }
}

/**
 * Video in segments of a second, `p0.ts` and so on, and packed AAC in some of two seconds,
 * `s0.aac`.
 */
type SeparatePackedAudio = Folder & {
  /** When a segment of audio begins, with that of the end at last. */
  readonly audioBeginsMs: readonly number[]
}

/** @param options.isTagged each segment states when it begins (RFC 8216 section 3.4) */
export async function makeSeparatePackedAudio(seconds: number, { isTagged = true } = {}): Promise<SeparatePackedAudio> {
  const folder = await mkdtemp(join(tmpdir(), 'kptv-audio-'))
  const at = (name: string): string => join(folder, name)
  const common = ['-v', 'error', '-nostdin']
  const length = ['-t', String(seconds)]
  const hls = ['-f', 'hls', '-hls_time', '1', '-hls_playlist_type', 'vod', '-hls_segment_filename', at('p%d.ts')]
  await run('ffmpeg', [...common, ...VIDEO, ...length, ...ENCODE_VIDEO, ...hls, at('video.m3u8')])
  const adts = ['-f', 'segment', '-segment_format', 'adts', '-segment_time', '2']
  await run('ffmpeg', [...common, ...AUDIO, ...length, ...ENCODE_AUDIO, ...adts, at('raw%d.aac')])
  const start = ['-select_streams', 'v', '-show_entries', 'stream=start_pts', '-of', 'csv=p=0', at('p0.ts')]
  const firstTicks = Number.parseInt((await run('ffprobe', ['-v', 'error', ...start])).stdout, 10)

  const list = ['#EXTM3U', '#EXT-X-TARGETDURATION:3']
  const audioBeginsMs = [0]
  for (let number = 0; number < Math.ceil(seconds / 2); number += 1) {
    const raw = await readFile(at(`raw${number}.aac`)).catch(() => undefined)
    if (raw === undefined) break
    const beginsMs = audioBeginsMs.at(-1)!
    const tag = isTagged ? timeTag(firstTicks + beginsMs * 90) : Buffer.alloc(0)
    await writeFile(at(`s${number}.aac`), Buffer.concat([tag, raw]))
    const audioSeconds = (framesOf(raw) * 1024) / 48_000
    audioBeginsMs.push(beginsMs + audioSeconds * 1000)
    list.push(`#EXTINF:${audioSeconds},`, `s${number}.aac`)
  }
  await writeFile(at('audio.m3u8'), [...list, '#EXT-X-ENDLIST', ''].join('\n'))
  await writeFile(at('master'), MASTER)
  return { folder, audioBeginsMs, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

const MASTER = [
  '#EXTM3U',
  '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="one",DEFAULT=YES,URI="audio.m3u8"',
  '#EXT-X-STREAM-INF:BANDWIDTH=900000,AUDIO="audio"',
  'video.m3u8',
  '',
].join('\n')

/** The last eight seconds of it, as live playlists that number their segments differently. */
export function listLive(
  { audioBeginsMs }: SeparatePackedAudio,
  { nowMs, hasDates }: { readonly nowMs: number; readonly hasDates: boolean },
) {
  const playlist = (
    name: (number: number) => string,
    { first, begins }: { readonly first: number; readonly begins: readonly number[] },
  ) => {
    const lines = ['#EXTM3U', '#EXT-X-TARGETDURATION:3']
    for (const [number, beginsMs] of begins.slice(0, -1).entries()) {
      const endsMs = begins[number + 1]!
      if (endsMs > nowMs || beginsMs < nowMs - 8_500) continue
      if (lines.length === 2) lines.push(`#EXT-X-MEDIA-SEQUENCE:${first + number}`)
      if (hasDates) lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(START_MS + beginsMs).toISOString()}`)
      lines.push(`#EXTINF:${(endsMs - beginsMs) / 1000},`, name(number))
    }
    return [...lines, ''].join('\n')
  }
  const seconds = Array.from({ length: Math.round(audioBeginsMs.at(-1)! / 1000) + 1 }, (_, second) => second * 1000)
  return {
    master: MASTER,
    'video.m3u8': playlist((number) => `p${number}.ts`, { first: 7, begins: seconds }),
    'audio.m3u8': playlist((number) => `s${number}.aac`, { first: 500, begins: audioBeginsMs }),
  }
}

const START_MS = Date.UTC(2026, 0, 1)

function timeTag(ticks: number): Buffer {
  const time = Buffer.alloc(8)
  time.writeBigUInt64BE(BigInt(Math.round(ticks)))
  const owner = Buffer.from('com.apple.streaming.transportStreamTimestamp\0')
  const frame = Buffer.concat([Buffer.from('PRIV'), Buffer.from([0, 0, 0, owner.length + 8, 0, 0]), owner, time])
  return Buffer.concat([Buffer.from('ID3'), Buffer.from([4, 0, 0, 0, 0, 0, frame.length]), frame])
}

/** By the length of each frame (ISO/IEC 13818-7 section 6.2.1). */
function framesOf(adts: Buffer): number {
  let frames = 0
  for (let at = 0; at + 6 < adts.length; frames += 1) {
    at += ((adts[at + 3]! & 3) << 11) | (adts[at + 4]! << 3) | (adts[at + 5]! >> 5)
  }
  return frames
}

/** A flash or a tone, as ffmpeg decodes it, in seconds. */
export type Mark = { readonly start: number; readonly length: number }

/** Whole ones: frames that are cut off at the start or the end are left out. */
export async function flashesAndTones(stream: Buffer): Promise<{ readonly flashes: Mark[]; readonly tones: Mark[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'kptv-judge-'))
  const file = join(folder, 'stream.ts')
  try {
    await writeFile(file, stream)
    const filters = ['-vf', 'blackdetect=d=0.15:pix_th=0.5', '-af', 'silencedetect=n=-30dB:d=0.15', '-f', 'null', '-']
    const { stderr } = await run('ffmpeg', ['-hide_banner', '-nostats', '-copyts', '-i', file, ...filters])
    const timesOf = (name: string): number[] =>
      [...stderr.matchAll(new RegExp(`${name}: ?([0-9.]+)`, 'g'))].map(([, seconds]) => Number(seconds))
    // They stand between black and black, and between silence and silence.
    const between = (pauses: string): Mark[] => {
      const ends = timesOf(`${pauses}_start`)
      return timesOf(`${pauses}_end`).flatMap((start) => {
        const end = ends.find((time) => time > start)
        return end === undefined ? [] : [{ start, length: end - start }]
      })
    }
    return { flashes: between('black'), tones: between('silence') }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
