import { readMark } from './packet-mark.ts'
import { viewPacket } from './packet-view.ts'
import { PACKET_BYTES } from './packet-writer.ts'

export type MadeFrame = {
  /** Its source, stream and number: the same in every copy. */
  readonly name: string
  /** When it is shown, in ticks of 90 kHz. */
  readonly ticks: number
}

/** ISO/IEC 13818-1, 2.4.3.7: stream ids of video. */
const isVideo = (streamId: number): boolean => (streamId & 0xf0) === 0xe0

/** The frames of video in packets of a transport stream maker, each as often as it is there. */
export function madeFrames(packets: Buffer): MadeFrame[] {
  const frames: MadeFrame[] = []
  for (let at = 0; at + PACKET_BYTES <= packets.length; at += PACKET_BYTES) {
    const { bytes, pes } = viewPacket(packets.subarray(at, at + PACKET_BYTES))
    if (pes?.ptsTicks === undefined || !isVideo(pes.streamId)) continue
    const mark = readMark(bytes, pes.elementaryStart)
    if (mark === undefined || mark === 'damaged') continue
    frames.push({ name: `${mark.sourceId}/${mark.streamId} ${mark.sequence}`, ticks: pes.ptsTicks })
  }
  return frames
}
