import { readUtf8 } from './text-decoder.ts'

/**
 * A line without its ending: text, bytes that are not UTF-8, or undefined for a line that was too
 * long.
 */
export type RawLine = string | Uint8Array | undefined
/** The bytes of a line are valid only during the call. */
type OnLine = (line: RawLine) => void

/**
 * Bytes in pieces of any size → lines. LF, CR and CRLF end a line, in any mixture. Memory is
 * bounded by the longest line allowed, work is linear in the bytes, and the cuts between pieces
 * make no difference.
 */
export function createLineSplitter(maxLineBytes: number) {
  const carry = new Uint8Array(maxLineBytes)
  let carried = 0
  let dropping = false
  let endedWithCr = false

  /** Adds to the unfinished line, or gives that line up. */
  function keep(bytes: Uint8Array): void {
    if (dropping || bytes.length === 0) return
    if (carried + bytes.length > maxLineBytes) {
      dropping = true
      carried = 0
      return
    }
    carry.set(bytes, carried)
    carried += bytes.length
  }

  function finishLine(onLine: OnLine): void {
    const line = dropping ? undefined : readUtf8(carry.subarray(0, carried))
    carried = 0
    dropping = false
    onLine(line)
  }

  return {
    push(bytes: Uint8Array, onLine: OnLine): void {
      let start = 0
      if (endedWithCr && bytes.length > 0) {
        if (bytes[0] === LF) start = 1
        endedWithCr = false
      }
      if (carried > 0 || dropping) {
        const end = firstLineEnd(bytes, start)
        keep(bytes.subarray(start, end))
        if (end === bytes.length) return
        finishLine(onLine)
        start = end + 1
        if (bytes[end] === CR) {
          if (bytes[start] === LF) start++
          else if (start === bytes.length) endedWithCr = true
        }
      }
      const behindLast = lastLineEnd(bytes) + 1
      if (behindLast > start) {
        const piece = bytes.subarray(start, behindLast)
        for (const line of linesOf(piece, maxLineBytes)) onLine(line)
        endedWithCr = behindLast === bytes.length && bytes[behindLast - 1] === CR
        start = behindLast
      }
      keep(bytes.subarray(start))
    },

    /** Passes on the last line if it had no ending. Returns whether there was one. */
    end(onLine: OnLine): boolean {
      if (carried === 0 && !dropping) return false
      finishLine(onLine)
      return true
    },
  }
}

const LF = 0x0a
const CR = 0x0d

/** Lines of a piece that ends with a line ending. */
function linesOf(piece: Uint8Array, maxLineBytes: number): Iterable<RawLine> {
  const text = readUtf8(piece)
  // Merged lists mix encodings, so each line is judged on its own.
  if (typeof text !== 'string') return measuredLinesOf(piece, maxLineBytes)
  const lines = text.includes('\r') ? text.split(/\r\n|\n|\r/) : text.split('\n')
  lines.pop() // the text after the last ending: empty
  // A UTF-16 unit comes from at most 3 bytes, so the bytes need to be counted only where a line may
  // be too long.
  if (piece.length <= maxLineBytes || lines.every((line) => line.length * 3 <= maxLineBytes)) return lines
  return measuredLinesOf(piece, maxLineBytes)
}

function* measuredLinesOf(piece: Uint8Array, maxLineBytes: number): Generator<RawLine> {
  for (let start = 0; start < piece.length; ) {
    const end = firstLineEnd(piece, start)
    yield end - start > maxLineBytes ? undefined : readUtf8(piece.subarray(start, end))
    start = piece[end] === CR && piece[end + 1] === LF ? end + 2 : end + 1
  }
}

function firstLineEnd(bytes: Uint8Array, start: number): number {
  for (let at = start; at < bytes.length; at++) if (bytes[at] === LF || bytes[at] === CR) return at
  return bytes.length
}

function lastLineEnd(bytes: Uint8Array): number {
  return Math.max(bytes.lastIndexOf(LF), bytes.lastIndexOf(CR))
}
