import { checkMarkId } from './packet-mark.ts'
import type { VideoCodec } from './video-frames.ts'

export type TransportStreamMakerOptions = {
  /**
   * Names carried in every media packet; 1-10 characters of `A-Za-z0-9_-`. Defaults `source` and
   * `stream`.
   */
  readonly sourceId?: string
  readonly streamId?: string
  /** All packets together. Default 2,000,000. */
  readonly bitsPerSecond?: number
  /** From key frame to key frame. Default 1000. */
  readonly gopMs?: number
  readonly framesPerSecond?: 25 | 30 | 50
  /** Default `h264`, which decodes; `none` makes radio. */
  readonly video?: VideoCodec | 'none'
  /** Default true: AAC in ADTS. */
  readonly hasAudio?: boolean
  /**
   * Packets in one audio frame of 21.3 ms, so its bit rate. Default 2; radio of 70 kbit/s has 1.
   */
  readonly packetsPerAudioFrame?: number
  /** Mark key frames by random_access_indicator. Default true. */
  readonly hasRandomAccessIndicator?: boolean
  /** Repeat PAT and PMT so often, and before each key frame; 0 makes none at all. Default 100. */
  readonly tablesEveryMs?: number
  /** Send a clock so often; 0 makes none at all. Default 20, at least once a video frame. */
  readonly pcrEveryMs?: number
  /** The clock of the first packet, in ticks of 90 kHz (33 bits). Default 10 s. */
  readonly startTicks?: number
  readonly programNumber?: number
  readonly pmtPid?: number
  readonly videoPid?: number
  readonly audioPid?: number
  /** Version of PAT and PMT, 0-31. Default 0. */
  readonly tableVersion?: number
  /** Stream types written into the PMT instead of those that fit the content. */
  readonly videoStreamType?: number
  readonly audioStreamType?: number
  /** Stuffing packets in addition to `bitsPerSecond`. Default 0. */
  readonly nullPacketsPerSecond?: number
  /** The first sequence number of a PID. Default 0. */
  readonly firstSequence?: (pid: number) => number
  /**
   * Time of making, given the media time: default is the media time itself, so the same options
   * make the same bytes.
   */
  readonly clockNs?: (mediaMs: number) => bigint
}

export type MakerSettings = Required<Omit<TransportStreamMakerOptions, 'videoStreamType' | 'audioStreamType'>> & {
  readonly videoStreamType: number | undefined
  readonly audioStreamType: number | undefined
}

/** @throws Error if the options contradict each other. */
export function makerSettings(options: TransportStreamMakerOptions): MakerSettings {
  const settings: MakerSettings = {
    bitsPerSecond: 2_000_000,
    gopMs: 1_000,
    framesPerSecond: 25,
    video: 'h264',
    hasAudio: true,
    packetsPerAudioFrame: 2,
    hasRandomAccessIndicator: true,
    tablesEveryMs: 100,
    pcrEveryMs: 20,
    startTicks: 900_000,
    programNumber: 1,
    pmtPid: 0x1000,
    videoPid: 0x100,
    audioPid: 0x101,
    tableVersion: 0,
    nullPacketsPerSecond: 0,
    firstSequence: () => 0,
    clockNs: (mediaMs) => BigInt(Math.round(mediaMs * 1e6)),
    ...options,
    videoStreamType: options.videoStreamType,
    audioStreamType: options.audioStreamType,
    sourceId: checkMarkId(options.sourceId ?? 'source'),
    streamId: checkMarkId(options.streamId ?? 'stream'),
  }
  if (settings.video === 'none' && !settings.hasAudio) throw new Error('A stream needs video or audio')
  return settings
}
