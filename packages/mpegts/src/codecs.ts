/**
 * Names of codecs from the stream_type and descriptors of a PMT (ISO/IEC 13818-1 table 2-34, ETSI
 * EN 300 468, ATSC A/53).
 */
import type { Buffer } from 'node:buffer'

export type StreamKind = 'video' | 'audio' | 'other'

type StreamCodec = { readonly kind: StreamKind; readonly codec: string }

/**
 * Sections instead of PES packets (SCTE 35 cues, DSM-CC, AIT): no player needs them, and their
 * times cannot be moved.
 */
const SECTION_STREAM_TYPES = new Set([0x05, 0x08, 0x0a, 0x0b, 0x0c, 0x0d, 0x14, 0x16, 0x17, 0x18, 0x86])

const BY_STREAM_TYPE = new Map<number, StreamCodec>([
  [0x01, { kind: 'video', codec: 'mpeg1video' }],
  [0x02, { kind: 'video', codec: 'mpeg2video' }],
  [0x03, { kind: 'audio', codec: 'mp2' }],
  [0x04, { kind: 'audio', codec: 'mp2' }],
  [0x0f, { kind: 'audio', codec: 'aac' }],
  [0x10, { kind: 'video', codec: 'mpeg4video' }],
  [0x11, { kind: 'audio', codec: 'aac-latm' }],
  [0x15, { kind: 'other', codec: 'metadata' }],
  [0x1b, { kind: 'video', codec: 'h264' }],
  [0x24, { kind: 'video', codec: 'hevc' }],
  [0x33, { kind: 'video', codec: 'vvc' }],
  [0x42, { kind: 'video', codec: 'avs' }],
  [0x81, { kind: 'audio', codec: 'ac3' }],
  [0x82, { kind: 'audio', codec: 'dts' }],
  [0x83, { kind: 'audio', codec: 'truehd' }],
  [0x84, { kind: 'audio', codec: 'eac3' }],
  [0x87, { kind: 'audio', codec: 'eac3' }],
  [0x8a, { kind: 'audio', codec: 'dts' }],
  [0xd2, { kind: 'video', codec: 'avs2' }],
  [0xea, { kind: 'video', codec: 'vc1' }],
])

const BY_DESCRIPTOR_TAG = new Map<number, StreamCodec>([
  [0x56, { kind: 'other', codec: 'teletext' }],
  [0x59, { kind: 'other', codec: 'dvb-subtitle' }],
  [0x6a, { kind: 'audio', codec: 'ac3' }],
  [0x7a, { kind: 'audio', codec: 'eac3' }],
  [0x7b, { kind: 'audio', codec: 'dts' }],
  [0x7c, { kind: 'audio', codec: 'aac' }],
])

const BY_REGISTRATION = new Map<string, StreamCodec>([
  ['AC-3', { kind: 'audio', codec: 'ac3' }],
  ['EAC3', { kind: 'audio', codec: 'eac3' }],
  ['AC-4', { kind: 'audio', codec: 'ac4' }],
  ['DTS1', { kind: 'audio', codec: 'dts' }],
  ['DTS2', { kind: 'audio', codec: 'dts' }],
  ['DTS3', { kind: 'audio', codec: 'dts' }],
  ['Opus', { kind: 'audio', codec: 'opus' }],
  ['BSSD', { kind: 'audio', codec: 's302m' }],
  ['HEVC', { kind: 'video', codec: 'hevc' }],
  ['VC-1', { kind: 'video', codec: 'vc1' }],
  ['AV01', { kind: 'video', codec: 'av1' }],
])

const REGISTRATION_TAG = 0x05
const PRIVATE_STREAM_TYPES_FROM = 0x80

/** True for a stream that consists of sections rather than of PES packets. */
export function carriesSections(streamType: number): boolean {
  return SECTION_STREAM_TYPES.has(streamType)
}

/**
 * Kind and name of a stream. An unknown type is of kind `other`, named by its number: `type-0x99`.
 */
export function nameCodec(streamType: number, descriptors: Buffer): StreamCodec {
  const isPrivate = streamType === 0x06 || streamType >= PRIVATE_STREAM_TYPES_FROM
  const described = isPrivate ? nameFromDescriptors(descriptors) : undefined
  const unknown: StreamCodec = { kind: 'other', codec: `type-0x${streamType.toString(16).padStart(2, '0')}` }
  return described ?? BY_STREAM_TYPE.get(streamType) ?? unknown
}

/** The descriptors of a loop, one after the other; a length that points outside ends the list. */
export function* eachDescriptor(descriptors: Buffer): Generator<Buffer> {
  let offset = 0
  while (offset + 2 <= descriptors.length) {
    const end = offset + 2 + descriptors[offset + 1]!
    if (end > descriptors.length) return
    yield descriptors.subarray(offset, end)
    offset = end
  }
}

function nameFromDescriptors(descriptors: Buffer): StreamCodec | undefined {
  for (const descriptor of eachDescriptor(descriptors)) {
    const tag = descriptor[0]!
    const registered = tag === REGISTRATION_TAG ? BY_REGISTRATION.get(descriptor.toString('latin1', 2, 6)) : undefined
    const named = registered ?? BY_DESCRIPTOR_TAG.get(tag)
    if (named !== undefined) return named
  }
  return undefined
}
