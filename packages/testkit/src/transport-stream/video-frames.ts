import { BitWriter } from './bit-writer.ts'

export type VideoCodec = 'h264' | 'hevc' | 'mpeg2'

type FrameKind = {
  readonly isKeyFrame: boolean
  /** Position in its group of pictures; a key frame is 0. */
  readonly positionInGroup: number
  /** Number of the group of pictures since the start. */
  readonly group: number
  readonly framesPerSecond: number
}

export const STREAM_TYPE_OF: Readonly<Record<VideoCodec, number>> = { mpeg2: 0x02, h264: 0x1b, hevc: 0x24 }

/**
 * The head of one access unit, up to and with the start of a unit that decoders skip, so that
 * anything may follow. H.264 really decodes (64×48 grey; ISO/IEC 14496-10 baseline). HEVC and
 * MPEG-2 have the right unit types in the right order and need no more, because they alone
 * mark key frames.
 */
export function frameHead(codec: VideoCodec, frame: FrameKind): Buffer {
  if (codec === 'h264') return h264Head(frame)
  return codec === 'hevc' ? hevcHead(frame) : mpeg2Head(frame)
}

const WIDTH_IN_MACROBLOCKS = 4
const HEIGHT_IN_MACROBLOCKS = 3
const MACROBLOCKS = WIDTH_IN_MACROBLOCKS * HEIGHT_IN_MACROBLOCKS
const FRAME_NUMBER_BITS = 8

function h264Head(frame: FrameKind): Buffer {
  const delimiter = Buffer.from([0, 0, 0, 1, 0x09, frame.isKeyFrame ? 0x10 : 0x30])
  const parameterSets = frame.isKeyFrame
    ? [nalUnit([0x67], sequenceParameters(frame.framesPerSecond)), nalUnit([0x68], ppsBits())]
    : []
  const slice = frame.isKeyFrame ? nalUnit([0x65], keySlice(frame)) : nalUnit([0x41], skippedSlice(frame))
  // Filler data, nal_unit_type 12: comes after the slices, and no decoder looks into it.
  return Buffer.concat([delimiter, ...parameterSets, slice, Buffer.from([0, 0, 1, 0x0c])])
}

/** ISO/IEC 14496-10, 7.3.2.1.1 and E.1.1: baseline, no reordering, frame rate given. */
function sequenceParameters(framesPerSecond: number): Buffer {
  const bits = new BitWriter().u(8, 66).u(8, 0xc0).u(8, 31).ue(0)
  bits
    .ue(FRAME_NUMBER_BITS - 4)
    .ue(2)
    .ue(1)
    .u(1, 0)
  bits
    .ue(WIDTH_IN_MACROBLOCKS - 1)
    .ue(HEIGHT_IN_MACROBLOCKS - 1)
    .u(1, 1)
    .u(1, 1)
    .u(1, 0)
  const timing = bits
    .u(1, 1)
    .u(4, 0)
    .u(1, 1)
    .u(32, 1)
    .u(32, framesPerSecond * 2)
    .u(1, 1)
  return timing.u(3, 0).u(1, 1).u(1, 1).ue(0).ue(0).ue(10).ue(10).ue(0).ue(1).toRbsp()
}

/** ISO/IEC 14496-10, 7.3.2.2: CAVLC, one slice group, loop filter may be switched off. */
function ppsBits(): Buffer {
  const bits = new BitWriter().ue(0).ue(0).u(2, 0).ue(0).ue(0).ue(0)
  return bits.u(1, 0).u(2, 0).se(0).se(0).se(0).u(1, 1).u(2, 0).toRbsp()
}

/**
 * An IDR slice (7.3.3) of Intra_16x16 MACROBLOCKS, DC prediction, without residual: one byte each.
 */
function keySlice(frame: FrameKind): Buffer {
  const bits = new BitWriter().ue(0).ue(7).ue(0).u(FRAME_NUMBER_BITS, 0)
  bits
    .ue(frame.group % 2)
    .u(2, 0)
    .se(0)
    .ue(1)
  for (let count = 0; count < MACROBLOCKS; count++) bits.ue(3).ue(0).se(0).u(1, 1)
  return bits.toRbsp()
}

/** A P slice in which every macroblock is skipped: the frame before, shown again. */
function skippedSlice(frame: FrameKind): Buffer {
  const frameNumber = frame.positionInGroup % 2 ** FRAME_NUMBER_BITS
  const bits = new BitWriter().ue(0).ue(5).ue(0).u(FRAME_NUMBER_BITS, frameNumber)
  return bits.u(3, 0).se(0).ue(1).ue(MACROBLOCKS).toRbsp()
}

function hevcHead(frame: FrameKind): Buffer {
  const unit = (type: number, content: number[]) => nalUnit([type << 1, 1], Buffer.from(content))
  const parameterSets = frame.isKeyFrame
    ? [unit(32, [0x0c, 0x01, 0xff, 0x80]), unit(33, [0x01, 0x01, 0x60, 0x80]), unit(34, [0xc1, 0x72, 0x80])]
    : []
  const slice = frame.isKeyFrame ? unit(19, [0xaf, 0x08, 0x80]) : unit(1, [0xd0, 0x09, 0x80])
  // Filler data, nal_unit_type 38 (ISO/IEC 23008-2, table 7-1).
  const filler = Buffer.from([0, 0, 1, 38 << 1, 1])
  return Buffer.concat([Buffer.from([0]), unit(35, [frame.isKeyFrame ? 0x10 : 0x30]), ...parameterSets, slice, filler])
}

function mpeg2Head(frame: FrameKind): Buffer {
  // ISO/IEC 13818-2, 6.2: sequence_header 64×48 25/s, sequence_extension, group_of_pictures_header,
  // picture_header, one slice, user data.
  const sequence = [
    0, 0, 1, 0xb3, 0x04, 0x00, 0x30, 0x13, 0xff, 0xff, 0xe0, 0x18, 0, 0, 1, 0xb5, 0x14, 0x8a, 0, 1, 0, 0,
  ]
  const group = [0, 0, 1, 0xb8, 0x00, 0x08, 0x00, 0x40]
  const codingType = frame.isKeyFrame ? 1 : 2
  const temporal = frame.positionInGroup % 1024
  const header = [0, 0, 1, 0x00, temporal >> 2, ((temporal & 3) << 6) | (codingType << 3), 0x10, 0x40]
  const slice = [0, 0, 1, 0x01, 0x22, 0x80, 0, 0, 1, 0xb2]
  return Buffer.from([...(frame.isKeyFrame ? [...sequence, ...group] : []), ...header, ...slice])
}

/**
 * Start code, unit header, and the content with emulation prevention (ISO/IEC 14496-10, 7.4.1.1).
 */
function nalUnit(header: number[], rbsp: Buffer): Buffer {
  const content: number[] = []
  let zeros = 0
  for (const byte of rbsp) {
    if (zeros >= 2 && byte <= 3) {
      content.push(3)
      zeros = 0
    }
    content.push(byte)
    zeros = byte === 0 ? zeros + 1 : 0
  }
  return Buffer.from([0, 0, 1, ...header, ...content])
}
