import { createPacketAligner } from '@kptv/mpegts'
import { type MediaPiece, NEW_INPUT, type OpenedStream } from '@kptv/upstream'
import type { DirectConnection } from './direct-request.ts'

/** Whole packets of a transport stream that has begun to play. */
type AlignedMedia = DirectConnection & { readonly packets: AsyncGenerator<Buffer> }

/** Providers send a page instead of media; a stream has packets long before this. */
const MAX_JUNK_BYTES = 256 * 1024

/**
 * Waits for the first packets, so that an answer without any can be followed by another stream.
 * Junk before them is dropped.
 *
 * @throws when there are none
 */
export async function beginMedia(opened: OpenedStream): Promise<AlignedMedia> {
  const aligner = createPacketAligner()
  const pieces = opened.body[Symbol.asyncIterator]() as AsyncIterator<MediaPiece>
  let junkBytes = 0
  let isClosed = false

  async function nextPackets(): Promise<Buffer | undefined> {
    for (;;) {
      const { value: piece, done } = await pieces.next()
      if (done === true) return undefined
      if (piece === NEW_INPUT) continue
      const packets = aligner.push(piece)
      if (packets.length > 0) return packets
      junkBytes += piece.length
      if (junkBytes > MAX_JUNK_BYTES) return undefined
    }
  }

  /** Ends in order where we close the connection; it fails where the provider does. */
  async function* packetsFrom(first: Buffer): AsyncGenerator<Buffer> {
    try {
      for (let packets: Buffer | undefined = first; packets !== undefined; packets = await nextPackets()) {
        junkBytes = 0
        yield packets
      }
    } catch (error) {
      if (!isClosed) throw error
    }
  }

  function close(): Promise<void> {
    isClosed = true
    return opened.close()
  }

  try {
    const first = await nextPackets()
    if (first === undefined) throw new Error('the answer holds no transport stream')
    return { packets: packetsFrom(first), closed: opened.closed, close }
  } catch (error) {
    await opened.close()
    throw error
  }
}
