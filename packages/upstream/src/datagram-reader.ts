import type { Buffer } from 'node:buffer'
import { PACKET_BYTES, SYNC_BYTE } from '@kptv/mpegts'

const RTP_HEADER_BYTES = 12
const SEQUENCES = 0x1_0000
/** How many datagrams may come before one that was sent earlier. */
const MAX_HELD = 16

/**
 * Takes the transport stream out of datagrams: bare packets, or packets in RTP (RFC 2250), which
 * are put into the order of their sequence numbers; duplicates are dropped.
 */
export function createDatagramReader() {
  const held = new Map<number, Buffer>()
  let next: number | undefined

  function inOrder(): Buffer[] {
    const out: Buffer[] = []
    for (let payload = held.get(next!); payload !== undefined; payload = held.get(next!)) {
      out.push(payload)
      held.delete(next!)
      next = (next! + 1) % SEQUENCES
    }
    return out
  }

  /** How far a number lies ahead of the next one; negative: it is late. */
  function distance(sequence: number): number {
    const ahead = (sequence - next! + SEQUENCES) % SEQUENCES
    return ahead < SEQUENCES / 2 ? ahead : ahead - SEQUENCES
  }

  function takeRtp(sequence: number, payload: Buffer): Buffer[] {
    next ??= sequence
    const ahead = distance(sequence)
    // Far off: the sender has restarted.
    if (Math.abs(ahead) > SEQUENCES / 8) {
      held.clear()
      next = sequence
    } else if (ahead < 0) return []
    held.set(sequence, payload)
    const out = inOrder()
    if (held.size < MAX_HELD) return out
    // The missing datagrams will not come.
    next = [...held.keys()].reduce((first, one) => (distance(one) < distance(first) ? one : first))
    return [...out, ...inOrder()]
  }

  return {
    push(datagram: Buffer): Buffer[] {
      if (datagram[0] === SYNC_BYTE && datagram.length % PACKET_BYTES === 0) return [datagram]
      const payload = rtpPayload(datagram)
      return payload === undefined ? [datagram] : takeRtp(datagram.readUInt16BE(2), payload)
    },
  }
}

/** RFC 3550 section 5.1; undefined for a datagram that is not RTP with a transport stream. */
function rtpPayload(datagram: Buffer): Buffer | undefined {
  const [first = 0] = datagram
  if (datagram.length < RTP_HEADER_BYTES || first >> 6 !== 2) return undefined
  let start = RTP_HEADER_BYTES + 4 * (first & 0x0f)
  if ((first & 0x10) !== 0 && start + 4 <= datagram.length) start += 4 + 4 * datagram.readUInt16BE(start + 2)
  const padding = (first & 0x20) === 0 ? 0 : datagram[datagram.length - 1]!
  const payload = datagram.subarray(start, datagram.length - padding)
  return payload[0] === SYNC_BYTE ? payload : undefined
}
