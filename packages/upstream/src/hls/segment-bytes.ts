import { createDecipheriv } from 'node:crypto'
import type { MediaMap, MediaSegment, SegmentKey } from '@kptv/hls'
import { resolveUrl } from '../check-url.ts'
import { sniffContent } from '../sniff-content.ts'
import { upstreamError } from '../upstream-error.ts'
import type { HlsRequests } from './hls-requests.ts'

const MAX_KEYS = 16
const MAX_HEADER_BYTES = 1024 ** 2

/** Reads segments in the clear. Keys and headers of fragmented MP4 are requested once. */
export function createSegmentReader(requests: HlsRequests) {
  const keys = new Map<string, Buffer>()
  let header: { readonly name: string; readonly bytes: Buffer } | undefined

  /**
   * AES-128: decrypted as it arrives. A body that is not a whole number of blocks was cut off.
   * Padding is taken off if there is any: some packagers write none.
   */
  async function* decrypt(chunks: AsyncGenerator<Buffer>, key: SegmentKey, base: URL): AsyncGenerator<Buffer> {
    const url = resolveUrl(key.uri, base)
    const decipher = createDecipheriv('aes-128-cbc', await keyAt(url), key.iv).setAutoPadding(false)
    let last: Buffer = Buffer.alloc(0)
    for await (const chunk of chunks) {
      const clear = Buffer.concat([last, decipher.update(chunk)])
      const end = Math.max(0, clear.length - BLOCK_BYTES)
      last = clear.subarray(end)
      if (end > 0) yield clear.subarray(0, end)
    }
    try {
      decipher.final()
    } catch {
      throw upstreamError('cut-off', base)
    }
    const rest = withoutPadding(last)
    if (rest.length > 0) yield rest
  }

  async function keyAt(url: URL): Promise<Buffer> {
    const known = keys.get(url.href)
    if (known !== undefined) return known
    const key = await requests.key(url)
    if (keys.size >= MAX_KEYS) keys.delete(keys.keys().next().value!)
    keys.set(url.href, key)
    return key
  }

  return {
    async *read({ uri, byteRange, key }: MediaSegment, base: URL): AsyncGenerator<Buffer> {
      // The key comes first: there is one connection, and the segment would be on it.
      if (typeof key === 'object') await keyAt(resolveUrl(key.uri, base))
      const chunks = requests.resource(resolveUrl(uri, base), byteRange)
      if (typeof key === 'object') yield* decrypt(chunks, key, base)
      else yield* chunks
    },

    async header(map: MediaMap, segment: MediaSegment, base: URL): Promise<Buffer> {
      const url = resolveUrl(map.uri, base)
      const name = `${url.pathname}@${map.byteRange?.offset ?? 0}`
      if (header?.name === name) return header.bytes
      const { key } = segment
      if (typeof key === 'object') await keyAt(resolveUrl(key.uri, base))
      const raw = await collect(requests.resource(url, map.byteRange), url)
      const isClear = typeof key !== 'object' || sniffContent(raw, { complete: true }) === 'mp4'
      const bytes = isClear ? raw : await collect(decrypt(once(raw), key, base), url)
      header = { name, bytes }
      return bytes
    },
  }
}

const BLOCK_BYTES = 16

/** PKCS #7 (RFC 5652 section 6.3). */
function withoutPadding(block: Buffer): Buffer {
  const count = block.at(-1) ?? 0
  const isPadded = count >= 1 && count <= block.length && block.subarray(-count).every((byte) => byte === count)
  return isPadded ? block.subarray(0, block.length - count) : block
}

async function collect(chunks: AsyncGenerator<Buffer>, url: URL): Promise<Buffer> {
  const all: Buffer[] = []
  let length = 0
  for await (const chunk of chunks) {
    all.push(chunk)
    length += chunk.length
    if (length > MAX_HEADER_BYTES) throw upstreamError('too-large', url)
  }
  return Buffer.concat(all)
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}
