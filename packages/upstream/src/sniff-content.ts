import { PACKET_SPACINGS } from '@kptv/mpegts'
import { looksLikeAddressList } from './address-list.ts'

export type ContentKind =
  | 'transport-stream'
  | 'hls'
  | 'address-list'
  | 'html'
  | 'json'
  | 'image'
  | 'flv'
  | 'mp4'
  | 'matroska'
  | 'avi'
  | 'asf'
  | 'mpeg-audio'
  | 'ogg'
  | 'unknown-yet'
  | 'unknown'

/** After this many bytes without a decision there is none. */
export const SNIFF_LIMIT_BYTES = 32 * 1024

/**
 * The kind of a response, by its first bytes. Names and content types lie, so the type decides only
 * where bytes cannot, and never makes a body media. `html` means any markup.
 *
 * @param options.contentType the header field, if any
 * @param options.complete true if no more bytes will come; the result is then never `unknown-yet`
 */
export function sniffContent(
  first: Uint8Array,
  options: { readonly contentType?: string | undefined; readonly complete?: boolean } = {},
): ContentKind {
  const bytes = first.subarray(0, SNIFF_LIMIT_BYTES)
  const kind =
    kindBySignature(bytes) ??
    (hasTransportStreamSync(afterTag(bytes)) ? 'transport-stream' : undefined) ??
    kindOfText(bytes) ??
    (isMpegAudio(bytes) ? 'mpeg-audio' : undefined)
  if (kind !== undefined) return kind
  if (beginsWithTag(bytes) && isTagOver(bytes)) return 'mpeg-audio'
  if (options.complete !== true && first.length < SNIFF_LIMIT_BYTES) return 'unknown-yet'
  if (beginsWithTag(bytes)) return 'mpeg-audio'
  // Some providers hide a transport stream behind an image, so it is an image only if nothing else
  // follows.
  return isImage(bytes) ? 'image' : (kindOfType(options.contentType) ?? 'unknown')
}

function kindBySignature(bytes: Uint8Array): ContentKind | undefined {
  const text = latin1(bytes.subarray(0, 16))
  if (startsWith(bytes, [0x46, 0x4c, 0x56, 1])) return 'flv'
  // ISO/IEC 14496-12; the last ones come first in files of QuickTime.
  if (/^.{4}(ftyp|styp|moov|moof|sidx|mdat|free|skip|wide)/s.test(text)) return 'mp4'
  if (startsWith(bytes, [0x1a, 0x45, 0xdf, 0xa3])) return 'matroska'
  if (startsWith(bytes, [0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11])) return 'asf'
  if (/^RIFF.{4}AVI /s.test(text)) return 'avi'
  return text.startsWith('OggS') ? 'ogg' : undefined
}

/** A tag before audio; some put one before a transport stream too. */
function beginsWithTag(bytes: Uint8Array): boolean {
  return startsWith(bytes, [0x49, 0x44, 0x33])
}

/** A tag holds images and text, that is, any bytes: they say nothing about what follows. */
function afterTag(bytes: Uint8Array): Uint8Array {
  return beginsWithTag(bytes) ? bytes.subarray(tagLength(bytes)) : bytes
}

function isTagOver(bytes: Uint8Array): boolean {
  return bytes.length >= tagLength(bytes) + AFTER_TAG_BYTES
}

/** ID3v2 section 3.1: a header of ten bytes, and the rest in four bytes of seven bits. */
function tagLength(bytes: Uint8Array): number {
  return 10 + bytes.subarray(6, 10).reduce((sum, byte) => sum * 128 + (byte & 0x7f), 0)
}

/** So much shows whether packets follow. */
const AFTER_TAG_BYTES = 1_024

function isImage(bytes: Uint8Array): boolean {
  if (startsWith(bytes, [0xff, 0xd8, 0xff]) || startsWith(bytes, [0x89, 0x50, 0x4e, 0x47])) return true
  return /^(GIF8[79]a|RIFF.{4}WEBP|BM.{4}\0{4})/s.test(latin1(bytes.subarray(0, 16)))
}

/**
 * A payload contains 0x47 about once per packet, so one proves nothing; five in step do. 192 and
 * 204 carry extra bytes.
 */
function hasTransportStreamSync(bytes: Uint8Array): boolean {
  for (let start = bytes.indexOf(0x47); start !== -1; start = bytes.indexOf(0x47, start + 1)) {
    if (PACKET_SPACINGS.some((spacing) => IN_STEP.every((step) => bytes[start + step * spacing] === 0x47))) return true
  }
  return false
}

const IN_STEP = [1, 2, 3, 4]

function kindOfText(bytes: Uint8Array): ContentKind | undefined {
  const text = latin1(bytes.subarray(0, 512))
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
  if (text.startsWith('#EXTM3U')) return 'hls'
  if (looksLikeAddressList(text)) return 'address-list'
  // The next element shows which kind of markup it is.
  if (/^<\?xml[^>]*(\?>\s*)?$/i.test(text)) return undefined
  if (/^<[a-z!?]/i.test(text)) return 'html'
  return /^(\{\s*("|\}|$)|\[\s*(["{[\]\d]|$))/.test(text) && isPrintable(text) ? 'json' : undefined
}

function isPrintable(text: string): boolean {
  return !/[^\s\x20-\x7e\x80-\xff]/.test(text)
}

/**
 * MPEG audio layers I–III (ISO/IEC 11172-3 section 2.4.1.3) or ADTS (ISO/IEC 13818-7 section 6.2):
 * eleven or twelve set bits are common, so the next frame must follow at the length of the first
 * one.
 */
function isMpegAudio(bytes: Uint8Array): boolean {
  const length = audioFrameLength(bytes, 0)
  return length !== undefined && audioFrameLength(bytes, length) !== undefined
}

function audioFrameLength(bytes: Uint8Array, at: number): number | undefined {
  const [sync, second = 0, third = 0, fourth = 0, fifth = 0, sixth = 0] = bytes.subarray(at, at + 6)
  if (sync !== 0xff || (second & 0xe0) !== 0xe0) return undefined
  if ((second & 0xf6) === 0xf0) {
    const length = ((fourth & 3) << 11) | (fifth << 3) | (sixth >> 5)
    return length >= 7 && (third >> 2) % 16 < 13 ? length : undefined
  }
  const version = (second >> 3) & 3
  const layer = 4 - ((second >> 1) & 3)
  const bitrate = BITRATES_KBIT[version === 3 ? 'one' : 'two'][layer as 1 | 2 | 3]?.[third >> 4]
  const sampleRate = SAMPLE_RATES_HZ[(third >> 2) & 3]
  if (version === 1 || bitrate === undefined || bitrate === 0 || sampleRate === undefined) return undefined
  const rateHz = sampleRate / (version === 3 ? 1 : version === 2 ? 2 : 4)
  const padding = (third >> 1) & 1
  if (layer === 1) return (Math.floor((12_000 * bitrate) / rateHz) + padding) * 4
  const samplesPerByte = layer === 3 && version !== 3 ? 72_000 : 144_000
  return Math.floor((samplesPerByte * bitrate) / rateHz) + padding
}

const SAMPLE_RATES_HZ = [44_100, 48_000, 32_000]
const BITRATES_KBIT: Record<'one' | 'two', Record<1 | 2 | 3, readonly number[]>> = {
  one: {
    1: [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    2: [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    3: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  },
  two: {
    1: [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    2: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    3: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  },
}

function kindOfType(contentType = ''): ContentKind | undefined {
  if (/^\s*(text\/html|application\/xhtml|(text|application)\/xml)/i.test(contentType)) return 'html'
  if (/^\s*application\/([\w.]+\+)?json/i.test(contentType)) return 'json'
  return /^\s*image\//i.test(contentType) ? 'image' : undefined
}

function startsWith(bytes: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((byte, index) => bytes[index] === byte)
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}
