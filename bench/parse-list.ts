import { closeSync, openSync, readSync } from 'node:fs'
import { createM3uParser } from '@kptv/playlist'

/** The size of one socket read. */
const PIECE_BYTES = 64 * 1024
/** Memory is sampled about once per megabyte. */
const PIECES_PER_LOOK = 16

/**
 * Parses a file as it comes; entries are dropped at once, as an import does when it has written
 * them.
 */
export function parseList(path: string, look: () => void = () => {}): number {
  const parser = createM3uParser()
  let [entries, pieces] = [0, 0]
  for (const piece of piecesOf(path)) {
    entries += parser.push(piece).length
    if (++pieces % PIECES_PER_LOOK === 0) look()
  }
  return entries + parser.end().length
}

/** Only bytes → text → lines. */
export function splitLines(path: string): number {
  const decoder = new TextDecoder()
  let [lines, carry] = [0, '']
  for (const piece of piecesOf(path)) {
    const parts = (carry + decoder.decode(piece, { stream: true })).split('\n')
    carry = parts.pop()!
    lines += parts.length
  }
  return lines
}

/** One buffer for all pieces, so that reading is not measured. */
function* piecesOf(path: string): Generator<Buffer> {
  const piece = Buffer.alloc(PIECE_BYTES)
  const file = openSync(path, 'r')
  try {
    for (let read = readSync(file, piece); read > 0; read = readSync(file, piece)) yield piece.subarray(0, read)
  } finally {
    closeSync(file)
  }
}
