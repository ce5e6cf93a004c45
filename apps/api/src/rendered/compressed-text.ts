import { Readable, type Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'

const CHUNK_BYTES = 64 * 1024

/**
 * A text that is only kept compressed (gzip, RFC 1952), and is never in memory as a whole. It can
 * be read while it grows: the first reader does not wait for the last byte.
 */
export class CompressedText {
  readonly #chunks: Buffer[] = []
  readonly #begun = Promise.withResolvers<void>()
  readonly #whole: Promise<void>
  #grown = Promise.withResolvers<void>()
  #isWhole = false
  #gzipBytes = 0
  #plainBytes = 0

  /**
   * Compresses the pieces as they arrive, off the event loop; takes the next piece when the one
   * before is done.
   */
  constructor(pieces: AsyncIterable<string>) {
    this.#whole = this.#compress(pieces)
    this.#whole.then(this.#begun.resolve, this.#begun.reject)
    // Readers that come later meet the failure too.
    for (const promise of [this.#begun.promise, this.#grown.promise]) promise.catch(() => {})
  }

  /**
   * Its first bytes are there; a short text begins when it is whole. Rejects if it failed before.
   */
  get begun(): Promise<void> {
    return this.#begun.promise
  }

  /** All of it is there. */
  get whole(): Promise<void> {
    return this.#whole
  }

  /** The lengths in bytes; `undefined` while it grows. */
  get size(): { readonly gzip: number; readonly plain: number } | undefined {
    return this.#isWhole ? { gzip: this.#gzipBytes, plain: this.#plainBytes } : undefined
  }

  /** All chunks, those to come included. Throws if the text fails: then it is not whole. */
  async *chunks(): AsyncGenerator<Buffer> {
    for (let index = 0; ; index += 1) {
      while (index >= this.#chunks.length) {
        if (this.#isWhole) return
        await this.#grown.promise
      }
      yield this.#chunks[index] as Buffer
    }
  }

  async #compress(pieces: AsyncIterable<string>): Promise<void> {
    const keep = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.#chunks.push(chunk)
        this.#gzipBytes += chunk.length
        this.#begun.resolve()
        this.#wakeReaders()
        done()
      },
    })
    try {
      await pipeline(this.#toBytes(pieces), createGzip({ chunkSize: CHUNK_BYTES }), keep)
      this.#isWhole = true
      this.#grown.resolve()
    } catch (error) {
      this.#grown.reject(error)
      throw error
    }
  }

  async *#toBytes(pieces: AsyncIterable<string>): AsyncGenerator<Buffer> {
    for await (const piece of pieces) {
      const bytes = Buffer.from(piece)
      this.#plainBytes += bytes.length
      yield bytes
    }
  }

  #wakeReaders(): void {
    this.#grown.resolve()
    this.#grown = Promise.withResolvers()
    this.#grown.promise.catch(() => {})
  }
}

/**
 * Writes all of it, no faster than it is read. A reader that leaves is not a fault; a text that
 * fails while it is written destroys the target, so that nobody takes it for the whole.
 *
 * @param change applied to the plain text on its way
 */
export async function sendText(
  text: Pick<CompressedText, 'chunks'>,
  target: Writable,
  as: 'gzip' | 'plain',
  change?: Transform,
): Promise<void> {
  const source = Readable.from(text.chunks())
  const steps =
    change === undefined
      ? as === 'gzip'
        ? []
        : [createGunzip()]
      : [createGunzip(), change, ...(as === 'gzip' ? [createGzip()] : [])]
  await pipeline([source, ...steps, target]).catch(() => {})
}
