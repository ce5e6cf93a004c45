/** Silence in the format of an earlier stream: it needs no encoder. */
import { Buffer } from 'node:buffer'
import { TICKS_PER_SECOND } from './timestamps.ts'

export type Silence = {
  /** One frame. */
  readonly frame: Buffer
  /** How long it lasts; not always a whole number. */
  readonly frameTicks: number
}

/** ISO/IEC 14496-3, 1.6.3.4. */
const AAC_SAMPLE_RATES = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000]
const AAC_SAMPLES = 1024
const ADTS_HEADER_BYTES = 7
/**
 * raw_data_block with one channel element whose spectrum is empty, by channel_configuration
 * (ISO/IEC 14496-3, 4.4.2).
 */
const EMPTY_AAC: Readonly<Record<number, readonly number[]>> = {
  1: [0x00, 0xc8, 0x00, 0x80, 0x23, 0x80],
  2: [0x21, 0x00, 0x49, 0x90, 0x02, 0x19, 0x00, 0x23, 0x80],
}

/** ISO/IEC 11172-3, 2.4.2.3, layer II. */
const MP2_BITRATES = [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384]
const MP2_SAMPLE_RATES = [44_100, 48_000, 32_000]
const MP2_SAMPLES = 1152

/**
 * @param codec as the tables name it
 * @param audio elementary bytes that start with a frame
 * @returns undefined for an unsupported format: then there is no silence
 */
export function silenceLike(codec: string, audio: Buffer): Silence | undefined {
  if (codec === 'aac') return silentAac(audio)
  return codec === 'mp2' ? silentMp2(audio) : undefined
}

/**
 * ADTS (ISO/IEC 13818-7, 6.2) of one or two channels: the header as it was, with another length and
 * without CRC.
 */
function silentAac(audio: Buffer): Silence | undefined {
  if (audio.length < ADTS_HEADER_BYTES || audio[0] !== 0xff || (audio[1]! & 0xf6) !== 0xf0) return undefined
  const channels = ((audio[2]! & 0x01) << 2) | (audio[3]! >> 6)
  const sampleRate = AAC_SAMPLE_RATES[(audio[2]! >> 2) & 0x0f]
  const empty = EMPTY_AAC[channels]
  if (sampleRate === undefined || empty === undefined) return undefined
  const frame = Buffer.concat([audio.subarray(0, ADTS_HEADER_BYTES), Buffer.from(empty)])
  frame[1] = frame[1]! | 0x01
  frame[3] = (frame[3]! & 0xfc) | (frame.length >> 11)
  frame[4] = (frame.length >> 3) & 0xff
  // adts_buffer_fullness as for a variable rate, one block of data.
  frame[5] = ((frame.length & 0x07) << 5) | 0x1f
  frame[6] = 0xfc
  return { frame, frameTicks: (AAC_SAMPLES * TICKS_PER_SECOND) / sampleRate }
}

/** Layer II of MPEG-1 (ISO/IEC 11172-3, 2.4.1): no bits allocated to any band, without CRC. */
function silentMp2(audio: Buffer): Silence | undefined {
  if (audio.length < 4 || audio[0] !== 0xff || (audio[1]! & 0xfe) !== 0xfc) return undefined
  const bitrate = MP2_BITRATES[(audio[2]! >> 4) - 1]
  const sampleRate = MP2_SAMPLE_RATES[(audio[2]! >> 2) & 0x03]
  if (bitrate === undefined || sampleRate === undefined) return undefined
  const frame = Buffer.alloc(Math.floor((144_000 * bitrate) / sampleRate) + ((audio[2]! >> 1) & 1))
  audio.copy(frame, 0, 0, 4)
  frame[1] = frame[1]! | 0x01
  return { frame, frameTicks: (MP2_SAMPLES * TICKS_PER_SECOND) / sampleRate }
}
