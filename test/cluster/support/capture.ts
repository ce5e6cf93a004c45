const PACKET_BYTES = 188
const NULL_PID = 0x1fff
/** Of each output. */
const VIDEO_PID = 0x100
/** Where the fake provider's media packets carry their source and number. */
const MARK = { start: 120, end: 160 }

/** What a viewer got, without the null packets that stand in for media that is late on its node. */
export function withoutFiller(capture: Buffer): Buffer {
  const kept: Buffer[] = []
  for (const packet of packetsOf(capture)) if (pidOf(packet) !== NULL_PID) kept.push(packet)
  return Buffer.concat(kept)
}

/** The presentation time of each frame, in ticks, by what the fake provider has written into it. */
export function frameTimesOf(capture: Buffer): Map<string, number> {
  const times = new Map<string, number>()
  for (const packet of packetsOf(capture)) {
    const startsUnit = (packet[1]! & 0x40) !== 0
    if (!startsUnit || pidOf(packet) !== VIDEO_PID) continue
    const hasAdaptation = (packet[3]! & 0x20) !== 0
    const header = packet.subarray(hasAdaptation ? 5 + packet[4]! : 4)
    const frame = packet.toString('latin1', MARK.start, MARK.end)
    if (frame.startsWith('KPTV') && (header[7]! & 0x80) !== 0) times.set(frame, readTime(header))
  }
  return times
}

function* packetsOf(capture: Buffer): Generator<Buffer> {
  for (let at = 0; at + PACKET_BYTES <= capture.length; at += PACKET_BYTES) {
    yield capture.subarray(at, at + PACKET_BYTES)
  }
}

function pidOf(packet: Buffer): number {
  return packet.readUInt16BE(1) & NULL_PID
}

/** ISO/IEC 13818-1, 2.4.3.7. */
function readTime(header: Buffer): number {
  const [top, middle, low] = [header[9]! & 0x0e, header.readUInt16BE(10) & 0xfffe, header.readUInt16BE(12) & 0xfffe]
  return top * 2 ** 29 + middle * 2 ** 14 + low / 2
}
