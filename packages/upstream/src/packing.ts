import { pipeline, Readable, type Transform } from 'node:stream'
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib'

/** How the bytes of a body are compressed. */
export type Packing = 'gzip' | 'zlib' | 'raw-deflate' | 'brotli' | 'zstd'

/** This many bytes show how a body is packed. */
export const SIGNATURE_BYTES = 8

/** No more memory than RFC 9659 asks of a reader: 8 MB. */
const ZSTD_WINDOW_LOG = 23

const UNPACKERS: Readonly<Record<Packing, () => Transform>> = {
  gzip: () => createGunzip(),
  zlib: () => createInflate(),
  'raw-deflate': () => createInflateRaw(),
  brotli: () => createBrotliDecompress(),
  zstd: () => createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG } }),
}

/**
 * The packing of a body, by its first bytes: file names and `Content-Encoding` are wrong both ways.
 * The field counts only for packings without a signature, and not for bytes that are plain.
 */
export function packingOf(first: Buffer, declaredEncoding = ''): Packing | undefined {
  if (isGzip(first)) return 'gzip'
  if (first.subarray(0, 4).equals(ZSTD_MAGIC)) return 'zstd'
  const declared = declaredEncoding.trim().toLowerCase()
  if (isPlain(first)) return undefined
  if (declared === 'deflate') return isZlib(first) ? 'zlib' : 'raw-deflate'
  return declared === 'br' ? 'brotli' : undefined
}

/**
 * The bytes without their packing, a little at a time.
 *
 * @throws the error of the decompressor, or of `chunks`
 */
export async function* unpack(chunks: AsyncIterable<Buffer>, packing: Packing): AsyncGenerator<Buffer> {
  const unpacker = UNPACKERS[packing]()
  // Errors reach the reader of the unpacker through its own 'error'.
  pipeline(Readable.from(chunks, { objectMode: false }), unpacker, () => {})
  try {
    yield* unpacker as AsyncIterable<Buffer>
  } finally {
    unpacker.destroy()
  }
}

/** The bytes of a body, whether a server has packed it or not. */
export async function* unpackIfPacked(
  chunks: AsyncGenerator<Buffer>,
  declaredEncoding: string | undefined,
): AsyncGenerator<Buffer> {
  const { first, all } = await peek(chunks, SIGNATURE_BYTES)
  const packing = packingOf(first, declaredEncoding)
  yield* packing === undefined ? all : unpack(all, packing)
}

/** Reads until so many bytes are known, and gives them back in front of the rest. */
export async function peek(
  chunks: AsyncGenerator<Buffer>,
  bytes: number,
): Promise<{ readonly first: Buffer; readonly all: AsyncGenerator<Buffer> }> {
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

async function* join(head: readonly Buffer[], rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* head
    yield* rest
  } finally {
    await rest.return(undefined)
  }
}

/** RFC 1952 section 2.3.1: ID1, ID2, and deflate as the only method. */
export function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8
}

/** RFC 8878 section 3.1.1. */
const ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])

/** RFC 1950 section 2.2: the method, and a check over both bytes. */
function isZlib(bytes: Buffer): boolean {
  return bytes.length >= 2 && (bytes[0]! & 0x0f) === 8 && bytes.readUInt16BE(0) % 31 === 0
}

const SYNC_BYTE = 0x47

/** A packet, or how lists, playlists and markup begin. */
function isPlain(bytes: Buffer): boolean {
  return (
    bytes[0] === SYNC_BYTE ||
    /^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff|\s*(?:#|<|\[[a-z]|[a-z]{3,8}:\/\/))/i.test(bytes.toString('latin1'))
  )
}
