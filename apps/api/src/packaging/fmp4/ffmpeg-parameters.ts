import { TICKS_PER_SECOND } from '@kptv/mpegts'
import type { Fmp4Format } from '../../http/segment-format.ts'

/** What fragmented MP4 can hold as it is, and players expect there. */
const VIDEO = new Set(['h264', 'hevc', 'mpeg2video', 'mpeg1video', 'mpeg4video'])
const COPIED_AUDIO = new Set(['aac', 'ac3', 'eac3', 'mp2'])
const ENCODED_AUDIO = new Set(['aac-latm', 'dts', 'truehd', 'opus', 's302m'])

type ChosenTrack = { readonly pid: number; readonly codec: string }

type ChosenTracks = {
  readonly video: ChosenTrack | undefined
  readonly audio: (ChosenTrack & { readonly isEncoded: boolean }) | undefined
}

/** The first track of each kind. @param tracks of a segment: `256:h264,257:ac3` */
export function chooseTracks(tracks: string, format: Fmp4Format): ChosenTracks {
  const all = tracks.split(',').map((track): ChosenTrack => {
    const [pid = '', codec = ''] = track.split(':')
    return { pid: Number(pid), codec }
  })
  const audio = all.find(({ codec }) => COPIED_AUDIO.has(codec) || ENCODED_AUDIO.has(codec))
  const isEncoded =
    audio !== undefined && (format === 'fmp4-aac' ? audio.codec !== 'aac' : ENCODED_AUDIO.has(audio.codec))
  return { video: all.find(({ codec }) => VIDEO.has(codec)), audio: audio && { ...audio, isEncoded } }
}

/** A clock of 33 bits (ISO/IEC 13818-1, 2.4.3.7). */
const CLOCK_TICKS = 2 ** 33
/** ffmpeg counts a clock that ends within a minute from below 0. */
const NEAR_END_TICKS = 60 * TICKS_PER_SECOND

type Fmp4Input = {
  /** Of its segments: `256:h264,257:ac3`. */
  readonly tracks: string
  /** What comes out of so much is dropped: it is there for what follows. */
  readonly leadTicks: number
  /** Some segments begin without a key frame. */
  readonly hasLongGroups: boolean
}

type WantedOutput = {
  readonly format: Fmp4Format
  /**
   * Decode time at which the output starts: that of the input, which restarts each day,
   * or whole turns of its clock more.
   */
  readonly startTicks: number
}

/**
 * A transport stream from standard input becomes fragmented MP4, in one or more formats. Times
 * stay those of the input. Fragments begin at each key frame, or with each frame of a radio, so
 * that they are the same wherever ffmpeg has started; with long groups of pictures half a second
 * of them is one.
 */
export function fmp4Parameters(input: Fmp4Input, outputs: readonly WantedOutput[]): string[] {
  return [
    ...['-copyts', '-protocol_whitelist', 'pipe', '-format_whitelist', 'mpegts', '-analyzeduration', '2000000'],
    ...['-f', 'mpegts', '-i', 'pipe:0'],
    // Beside standard input and output, pipes are numbered from 3.
    ...outputs.flatMap((output, index) =>
      outputParameters(input, output, index === 0 ? 'pipe:1' : `pipe:${index + 2}`),
    ),
  ]
}

function outputParameters(input: Fmp4Input, { format, startTicks }: WantedOutput, pipe: string): string[] {
  const { tracks, leadTicks, hasLongGroups } = input
  const { video, audio } = chooseTracks(tracks, format)
  const turns = Math.floor((startTicks + NEAR_END_TICKS) / CLOCK_TICKS)
  const offset = ((turns * CLOCK_TICKS) / TICKS_PER_SECOND).toFixed(6)
  const fragments = video === undefined ? 'frag_every_frame' : 'frag_keyframe'
  const map = ({ pid }: ChosenTrack): string[] => ['-map', `0:i:${pid}`]
  return [
    ...(video === undefined ? [] : [...map(video), '-c:v', 'copy', '-copyinkf']),
    // Apple plays HEVC only by this name.
    ...(video?.codec === 'hevc' ? ['-tag:v', 'hvc1'] : []),
    ...(audio === undefined ? [] : map(audio)),
    ...(audio === undefined
      ? []
      : audioParameters(audio, { fromTicks: startTicks + Math.max(leadTicks, BEGIN_TICKS), turns })),
    // A track without packets holds up the others no longer than this.
    ...['-max_interleave_delta', '1000000', '-avoid_negative_ts', 'disabled'],
    ...(turns === 0 ? [] : ['-output_ts_offset', offset]),
    // The same input gives the same header.
    ...['-fflags', '+bitexact', '-map_metadata', '-1', '-write_btrt', '0', '-video_track_timescale', '90000'],
    ...['-movflags', `${fragments}+delay_moov+default_base_moof+frag_discont+skip_trailer`, '-use_editlist', '0'],
    ...(hasLongGroups ? ['-frag_duration', '500000'] : []),
    ...['-flush_packets', '1', '-f', 'mp4', pipe],
  ]
}

type EncodingStart = { readonly fromTicks: number; readonly turns: number }

function audioParameters({ codec, isEncoded }: NonNullable<ChosenTracks['audio']>, start: EncodingStart): string[] {
  if (isEncoded) return encodeAac(start)
  return codec === 'aac' ? ['-c:a', 'copy', '-bsf:a', 'aac_adtstoasc'] : ['-c:a', 'copy']
}

const ENCODED_RATE = 48_000
const AAC_SAMPLES = 1_024
/** By then the audio of a channel has begun, which may be a little later than its video. */
const BEGIN_TICKS = TICKS_PER_SECOND / 10

/**
 * Every encoder has the same borders of frames, as if the first frame had begun at 0: so the frames
 * of one continue where those of another have ended.
 */
function encodeAac({ fromTicks, turns }: EncodingStart): string[] {
  const samplesOf = (ticks: number): number => (ticks * ENCODED_RATE) / TICKS_PER_SECOND
  const from = Math.ceil(samplesOf(fromTicks) / AAC_SAMPLES) * AAC_SAMPLES
  const filter = `aresample=${ENCODED_RATE}:async=1,atrim=start_pts=${Math.round(from - samplesOf(turns * CLOCK_TICKS))}`
  return ['-c:a', 'aac', '-b:a', '160k', '-ac', '2', '-af', filter]
}

/** Names of codecs, as in RFC 6381. @param codecs of the transport stream, the video first */
export function codecsOf(codecs: string | undefined, { video, audio }: ChosenTracks): string | undefined {
  if (audio?.isEncoded !== true) return codecs
  const name = video === undefined ? undefined : codecs?.split(',')[0]
  if (video !== undefined && name === undefined) return undefined
  return [...(name === undefined ? [] : [name]), 'mp4a.40.2'].join(',')
}
