import type { IncomingHttpHeaders } from 'node:http'

const MAX_INTERVAL_BYTES = 16 * 1024 ** 2
/** A length byte counts these. */
const UNIT_BYTES = 16

/**
 * After how many bytes of media a radio inserts its metadata (`icy-metaint` of Shoutcast and
 * Icecast). Old ones do so without having been asked.
 */
export function metadataInterval(headers: IncomingHttpHeaders): number | undefined {
  const text = [headers['icy-metaint']].flat()[0]?.trim() ?? ''
  const bytes = /^\d{1,9}$/.test(text) ? Number(text) : 0
  return bytes > 0 && bytes <= MAX_INTERVAL_BYTES ? bytes : undefined
}

/** The media alone. */
export async function* withoutMetadata(body: AsyncIterable<Buffer>, intervalBytes: number): AsyncGenerator<Buffer> {
  let mediaBytes = intervalBytes
  let metadataBytes = 0
  for await (const chunk of body) {
    for (let rest = chunk; rest.length > 0; ) {
      if (metadataBytes > 0) {
        const skipped = Math.min(metadataBytes, rest.length)
        metadataBytes -= skipped
        rest = rest.subarray(skipped)
      } else if (mediaBytes === 0) {
        metadataBytes = rest[0]! * UNIT_BYTES
        mediaBytes = intervalBytes
        rest = rest.subarray(1)
      } else {
        const media = rest.subarray(0, mediaBytes)
        mediaBytes -= media.length
        rest = rest.subarray(media.length)
        yield media
      }
    }
  }
}
