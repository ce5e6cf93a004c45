import { Readable, type Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'

/** A text that is only kept compressed; it is never in memory as a whole. */
export type CompressedText = {
  /** As gzip, RFC 1952. */
  readonly chunks: readonly Buffer[]
  readonly gzipBytes: number
  readonly plainBytes: number
}

const CHUNK_BYTES = 64 * 1024

/**
 * Compresses the pieces as they arrive, off the event loop; takes the next piece when the one
 * before is done.
 */
export async function compressText(pieces: AsyncIterable<string>): Promise<CompressedText> {
  const chunks: Buffer[] = []
  let plainBytes = 0
  async function* toBytes() {
    for await (const piece of pieces) {
      const bytes = Buffer.from(piece)
      plainBytes += bytes.length
      yield bytes
    }
  }
  const keep = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  await pipeline(toBytes, createGzip({ chunkSize: CHUNK_BYTES }), keep)
  return { chunks, gzipBytes: chunks.reduce((sum, chunk) => sum + chunk.length, 0), plainBytes }
}

/**
 * Writes all of it, no faster than it is read. A reader that leaves is not a fault.
 *
 * @param change applied to the plain text on its way
 */
export async function sendText(
  { chunks }: CompressedText,
  target: Writable,
  as: 'gzip' | 'plain',
  change?: Transform,
): Promise<void> {
  const source = Readable.from(chunks)
  const steps =
    change === undefined
      ? as === 'gzip'
        ? []
        : [createGunzip()]
      : [createGunzip(), change, ...(as === 'gzip' ? [createGzip()] : [])]
  await pipeline([source, ...steps, target]).catch(() => {})
}
