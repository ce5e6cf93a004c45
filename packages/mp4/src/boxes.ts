/** Boxes (ISO/IEC 14496-12, 4.2): a length, a type, and what is in it. */
import type { Buffer } from 'node:buffer'

type Box = {
  readonly type: string
  /** Without its header; shares the memory of the whole. */
  readonly content: Buffer
}

export const HEADER_BYTES = 8
/** A length of 1: the real one follows, in 64 bits. */
const LARGE_HEADER_BYTES = 16

type BoxHead = { readonly type: string; readonly headerBytes: number; readonly bytes: number }

/** The header of the box that begins the bytes; undefined if it is not complete. */
export function readBoxHead(bytes: Buffer): BoxHead | undefined {
  if (bytes.length < HEADER_BYTES) return undefined
  const length = bytes.readUInt32BE(0)
  const type = bytes.toString('latin1', 4, 8)
  if (length !== 1) return { type, headerBytes: HEADER_BYTES, bytes: length }
  if (bytes.length < LARGE_HEADER_BYTES) return undefined
  return { type, headerBytes: LARGE_HEADER_BYTES, bytes: Number(bytes.readBigUInt64BE(HEADER_BYTES)) }
}

/** The boxes that lie one after the other; one whose length makes no sense ends them. */
export function* eachBox(bytes: Buffer): Generator<Box> {
  for (let rest = bytes; ; ) {
    const head = readBoxHead(rest)
    if (head === undefined || head.bytes < head.headerBytes || head.bytes > rest.length) return
    yield { type: head.type, content: rest.subarray(head.headerBytes, head.bytes) }
    rest = rest.subarray(head.bytes)
  }
}

/** The first box at this path, from the outside in. */
export function findBox(bytes: Buffer, [type, ...inner]: readonly string[]): Buffer | undefined {
  for (const box of eachBox(bytes)) {
    if (box.type !== type) continue
    const found = inner.length === 0 ? box.content : findBox(box.content, inner)
    if (found !== undefined) return found
  }
  return undefined
}
