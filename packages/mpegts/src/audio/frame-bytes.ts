import type { Buffer } from 'node:buffer'

/** Length of the frame whose header is at this place; 0 if none is. Needs {@link HEADER_BYTES}. */
export type FrameBytes = (bytes: Buffer, at: number) => number

/** Of either kind, as far as its length is concerned. */
export const HEADER_BYTES = 7

/** AAC with ADTS headers (ISO/IEC 14496-3, 1.A.2.2). */
export const adtsFrameBytes: FrameBytes = (bytes, at) => {
  const isHeader = bytes[at] === 0xff && (bytes[at + 1]! & 0xf6) === 0xf0
  const rateIndex = (bytes[at + 2]! >> 2) & 0x0f
  if (!isHeader || rateIndex > 12) return 0
  const length = ((bytes[at + 3]! & 0x03) << 11) | (bytes[at + 4]! << 3) | (bytes[at + 5]! >> 5)
  return length > HEADER_BYTES ? length : 0
}

/** By version and layer (ISO/IEC 11172-3, 2.4.2.3; 13818-3, 2.4.2.3): kbit/s of each index. */
const BIT_RATES: Readonly<Record<string, readonly number[]>> = {
  '1/1': [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  '1/2': [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  '1/3': [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  '2/1': [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  '2/2': [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  '2/3': [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
}
const SAMPLE_RATES = [44_100, 48_000, 32_000]
/** By the two bits of the version: MPEG-2.5, reserved, MPEG-2, MPEG-1. */
const RATE_DIVISORS = [4, 0, 2, 1]

/** MPEG audio of any layer; a free bit rate is not supported. */
export const mpegFrameBytes: FrameBytes = (bytes, at) => {
  const second = bytes[at + 1]!
  const third = bytes[at + 2]!
  if (bytes[at] !== 0xff || (second & 0xe0) !== 0xe0) return 0
  const divisor = RATE_DIVISORS[(second >> 3) & 0x03]!
  const layer = 4 - ((second >> 1) & 0x03)
  const bitRate = BIT_RATES[`${divisor === 1 ? 1 : 2}/${layer}`]?.[(third >> 4) - 1]
  const sampleRate = SAMPLE_RATES[(third >> 2) & 0x03]
  if (divisor === 0 || bitRate === undefined || sampleRate === undefined) return 0
  const bytesPerSample = (bitRate * 1_000) / 8 / (sampleRate / divisor)
  const padding = (third >> 1) & 0x01
  if (layer === 1) return (Math.floor((384 * bytesPerSample) / 4) + padding) * 4
  return Math.floor((layer === 3 && divisor > 1 ? 576 : 1_152) * bytesPerSample) + padding
}
