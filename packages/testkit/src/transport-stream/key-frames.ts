import type { PacketView } from './packet-view.ts'
import type { ElementaryStream } from './program-sections.ts'

const VIDEO_STREAM_TYPES: readonly number[] = [0x01, 0x02, 0x1b, 0x24]

export function isVideo(stream: ElementaryStream): boolean {
  return VIDEO_STREAM_TYPES.includes(stream.streamType)
}

/**
 * Whether a packet that starts a video PES packet starts a key frame, by its bytes and not by its
 * flags: H.264 IDR slice (nal_unit_type 5), HEVC IRAP (16-23), MPEG-1/2 sequence header or I
 * frame. Only units that start within this packet are seen; parameter sets count, because encoders
 * send them before key frames only.
 */
export function startsKeyFrame(view: PacketView, streamType: number): boolean {
  if (view.pes === undefined) return false
  const { bytes } = view
  for (let at = view.pes.elementaryStart; at + 3 < bytes.length; at++) {
    if (bytes[at] !== 0 || bytes[at + 1] !== 0 || bytes[at + 2] !== 1) continue
    const answer = unitAnswer(bytes.subarray(at + 3), streamType)
    if (answer !== undefined) return answer
    at += 2
  }
  return false
}

/** True or false when the unit decides, undefined when one has to look further. */
function unitAnswer(unit: Buffer, streamType: number): boolean | undefined {
  const first = unit[0]!
  switch (streamType) {
    case 0x1b: {
      const type = first & 31
      if (type === 5 || type === 7) return true
      return type >= 1 && type <= 4 ? false : undefined
    }
    case 0x24: {
      const type = (first >> 1) & 63
      if ((type >= 16 && type <= 23) || (type >= 32 && type <= 34)) return true
      return type < 16 ? false : undefined
    }
    default:
      if (first === 0xb3) return true
      return first === 0 && unit.length > 2 ? ((unit[2]! >> 3) & 7) === 1 : undefined
  }
}
