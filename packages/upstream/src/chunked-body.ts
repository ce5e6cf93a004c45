import { Buffer } from 'node:buffer'

/** Chunk extensions may make a line long, but never longer than this. */
const MAX_LINE_BYTES = 4_096
const LF = 0x0a

/**
 * Rewrites a chunked body (RFC 9112 section 7.1) so that a strict parser accepts it. Tolerated:
 * lines that end with LF alone, spaces, `0x`, extensions or
 * anything else behind a size, trailers, and an end without its last
 * line break. A body that is not chunked passes unchanged.
 */
export function createChunkTidier() {
  let phase: 'size' | 'data' | 'over' | 'raw' = 'size'
  let line = ''
  let leftBytes = 0

  function takeSize(bytes: Buffer, out: Buffer[]): Buffer {
    const end = bytes.indexOf(LF)
    const upTo = end === -1 ? bytes.length : end + 1
    line += bytes.toString('latin1', 0, upTo)
    const rest = bytes.subarray(upTo)
    const isWhole = line.endsWith('\n')
    if (!isWhole && line.length <= MAX_LINE_BYTES) return rest
    // The line break after the data of the last chunk.
    if (isWhole && line.trim() === '') line = ''
    else startChunk(out)
    return rest
  }

  function startChunk(out: Buffer[]): void {
    const digits = /^\s*(?:0x)?0*([0-9a-f]{1,12})(?![0-9a-f])/i.exec(line)?.[1]
    if (digits === undefined) {
      phase = 'raw'
      out.push(Buffer.from(line, 'latin1'))
      return
    }
    line = ''
    leftBytes = Number.parseInt(digits, 16)
    phase = leftBytes === 0 ? 'over' : 'data'
    out.push(Buffer.from(leftBytes === 0 ? '0\r\n\r\n' : `${leftBytes.toString(16)}\r\n`))
  }

  function takeData(bytes: Buffer, out: Buffer[]): Buffer {
    const data = bytes.subarray(0, leftBytes)
    leftBytes -= data.length
    out.push(data)
    if (leftBytes === 0) {
      out.push(Buffer.from('\r\n'))
      phase = 'size'
    }
    return bytes.subarray(data.length)
  }

  return {
    push(bytes: Buffer): Buffer[] {
      const out: Buffer[] = []
      let rest = bytes
      while (rest.length > 0 && phase !== 'over') {
        if (phase === 'size') rest = takeSize(rest, out)
        else if (phase === 'data') rest = takeData(rest, out)
        else {
          out.push(rest)
          break
        }
      }
      return out
    },
    /** The body is complete; any further bytes are ignored. */
    isOver: (): boolean => phase === 'over',
  }
}
