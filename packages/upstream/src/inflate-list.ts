import { isGzip, packingOf, peek, SIGNATURE_BYTES, unpack } from './packing.ts'
import type { PlaylistLimits } from './playlist-limits.ts'
import { toUpstreamError, upstreamError } from './upstream-error.ts'

const RATIO_FREE_BYTES = 1024 * 1024

/**
 * Removes compression, if there is any (see `packingOf`), also a second layer of gzip, as a server
 * behind another one makes it. Memory stays constant; a bomb is stopped at the limits, a third
 * layer refused.
 *
 * @throws UpstreamError while iterating: `cut-off`, `broken-gzip`, `too-large`,
 *   `inflates-too-much`, `unsupported-encoding`, and any error of the download
 */
export async function* inflateList(
  download: AsyncIterable<Buffer>,
  {
    url,
    limits,
    declaredEncoding,
  }: { readonly url: URL; readonly limits: PlaylistLimits; readonly declaredEncoding: string },
): AsyncGenerator<Buffer> {
  let downloaded = 0
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of download) {
      downloaded += chunk.length
      if (downloaded > limits.downloadBytes) throw upstreamError('too-large', url)
      yield chunk
    }
  }

  const { first, all } = await peek(counted(), SIGNATURE_BYTES)
  const packing = packingOf(first, declaredEncoding)
  if (packing === undefined) {
    if (declaredEncoding !== '' && !looksLikeText(first)) throw upstreamError('unsupported-encoding', url)
    yield* all
    return
  }

  async function* bounded(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let inflated = 0
    for await (const chunk of chunks) {
      inflated += chunk.length
      const bomb = inflated > RATIO_FREE_BYTES && inflated > downloaded * limits.ratio
      if (bomb || inflated > limits.inflatedBytes) throw upstreamError('inflates-too-much', url)
      yield chunk
    }
  }

  try {
    let inner = await peek(bounded(unpack(all, packing)), SIGNATURE_BYTES)
    if (isGzip(inner.first)) inner = await peek(bounded(unpack(inner.all, 'gzip')), SIGNATURE_BYTES)
    if (isGzip(inner.first)) throw upstreamError('unsupported-encoding', url)
    yield* inner.all
  } catch (error) {
    throw toUpstreamError(error, url)
  }
}

/**
 * A list starts with `#`, white space, a byte order mark, or at worst with letters of an address or
 * markup.
 */
function looksLikeText(bytes: Buffer): boolean {
  if (bytes[0] === 0xff || bytes[0] === 0xfe || bytes[0] === 0xef) return true
  return bytes.subarray(0, 3).every((byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 0x20 && byte < 0x7f))
}
