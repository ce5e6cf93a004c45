const CR = 0x0d
/** CR LF ends each line, and each string behind the line with its length. */
const LINE_END_BYTES = 2
/** `* ~ > % |`: how many values follow, for each that the line counts. */
const VALUES_EACH: Readonly<Record<number, number>> = { 42: 1, 126: 1, 62: 1, 37: 2, 124: 2 }
/** An attribute goes with the value behind it. */
const ATTRIBUTE = 0x7c
/** `$ ! =`: the line counts the bytes that follow. */
const STRINGS: ReadonlySet<number> = new Set([0x24, 0x21, 0x3d])

/**
 * Where the reply that begins at `start` ends (RESP2 and RESP3); undefined while part of it is
 * missing. Only measures it: whether it makes sense is for its parser to find out.
 */
export function replyEnd(bytes: Buffer, start: number): number | undefined {
  let at = start
  for (let values = 1; values > 0; values--) {
    const lineEnd = bytes.indexOf(CR, at)
    if (lineEnd < 0) return undefined
    const type = bytes[at]!
    const lineAt = at
    at = lineEnd + LINE_END_BYTES
    if (STRINGS.has(type)) {
      const length = readCount(bytes, lineAt + 1, lineEnd)
      if (length !== undefined) at += length + LINE_END_BYTES
    } else {
      values += (VALUES_EACH[type] ?? 0) * (readCount(bytes, lineAt + 1, lineEnd) ?? 0)
      if (type === ATTRIBUTE) values += 1
    }
    if (at > bytes.length) return undefined
  }
  return at
}

/** Undefined for the -1 by which RESP2 says that there is none. */
function readCount(bytes: Buffer, start: number, end: number): number | undefined {
  let count = 0
  for (let at = start; at < end; at++) {
    const digit = bytes[at]! - 0x30
    if (digit < 0 || digit > 9) return undefined
    count = 10 * count + digit
  }
  return count
}
