import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { PlaylistLimits } from './playlist-limits.ts'
import { toUpstreamError, upstreamError } from './upstream-error.ts'

const RATIO_FREE_BYTES = 1024 * 1024

/**
 * Removes one layer of gzip, if there is one. The magic bytes decide, because file names and
 * `Content-Encoding` lie both ways. Memory stays constant; a bomb is stopped at the limits, a
 * second layer refused.
 *
 * @throws UpstreamError while iterating: `cut-off`, `broken-gzip`, `too-large`,
 *   `inflates-too-much`, `unsupported-encoding`, and any error of the download
 */
export async function* inflateList(
  download: AsyncIterable<Buffer>,
  { url, limits, declaredEncoding }: { url: URL; limits: PlaylistLimits; declaredEncoding: string },
): AsyncGenerator<Buffer> {
  let downloaded = 0
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of download) {
      downloaded += chunk.length
      if (downloaded > limits.downloadBytes) throw upstreamError('too-large', url)
      yield chunk
    }
  }

  const { first, all } = await peek(counted(), 3)
  if (!isGzip(first)) {
    if (declaredEncoding !== '' && !looksLikeText(first)) throw upstreamError('unsupported-encoding', url)
    yield* all
    return
  }

  let inflated = 0
  const gunzip = createGunzip()
  // Errors reach the reader of gunzip through its own 'error'.
  pipeline(Readable.from(all, { objectMode: false }), gunzip, () => {})
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      if (inflated === 0 && isGzip(chunk)) throw upstreamError('unsupported-encoding', url)
      inflated += chunk.length
      const bomb = inflated > RATIO_FREE_BYTES && inflated > downloaded * limits.ratio
      if (bomb || inflated > limits.inflatedBytes) throw upstreamError('inflates-too-much', url)
      yield chunk
    }
  } catch (error) {
    throw toUpstreamError(error, url)
  } finally {
    gunzip.destroy()
  }
}

/** Reads until this many bytes are known, and returns them with the rest behind them. */
async function* join(head: readonly Buffer[], rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* head
    yield* rest
  } finally {
    await rest.return(undefined)
  }
}

async function peek(
  chunks: AsyncGenerator<Buffer>,
  bytes: number,
): Promise<{ first: Buffer; all: AsyncGenerator<Buffer> }> {
  const head: Buffer[] = []
  let known = 0
  while (known < bytes) {
    const next = await chunks.next()
    if (next.done) break
    head.push(next.value)
    known += next.value.length
  }
  return { first: Buffer.concat(head), all: join(head, chunks) }
}

/** RFC 1952 section 2.3.1: ID1, ID2, and deflate as the only method. */
export function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8
}

/**
 * A list starts with `#`, white space, a byte order mark, or at worst with letters of an address or
 * markup.
 */
function looksLikeText(bytes: Buffer): boolean {
  if (bytes[0] === 0xff || bytes[0] === 0xfe || bytes[0] === 0xef) return true
  return bytes.subarray(0, 3).every((byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 0x20 && byte < 0x7f))
}
