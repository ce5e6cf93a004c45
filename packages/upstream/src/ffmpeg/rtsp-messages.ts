import { Buffer } from 'node:buffer'

/**
 * The data of one side of an RTSP connection (RFC 2326): a message, or media between messages
 * (section 10.12).
 */
export type RtspPiece =
  | { readonly kind: 'media'; readonly bytes: Buffer }
  | { readonly kind: 'message'; readonly first: string; readonly fields: readonly string[]; readonly body: Buffer }

const MAX_HEADER_BYTES = 64 * 1024
const MAX_BODY_BYTES = 1024 ** 2
const DOLLAR = 0x24

/**
 * @throws Error if it is not RTSP, or too large
 */
export function createRtspReader() {
  let held: Buffer = Buffer.alloc(0)

  function next(): RtspPiece | undefined {
    // Some end a body with line breaks that its length does not count.
    while (held[0] === 0x0d || held[0] === 0x0a) held = held.subarray(1)
    if (held[0] === DOLLAR) {
      const length = held.length < 4 ? Number.POSITIVE_INFINITY : 4 + held.readUInt16BE(2)
      if (held.length < length) return undefined
      const bytes = held.subarray(0, length)
      held = held.subarray(length)
      return { kind: 'media', bytes }
    }
    const end = held.indexOf('\r\n\r\n')
    if (end === -1) {
      if (held.length > MAX_HEADER_BYTES) throw new Error('RTSP header without an end')
      return undefined
    }
    const [first = '', ...fields] = held.toString('latin1', 0, end).split('\r\n')
    const length = Number(fieldOf(fields, 'content-length') ?? 0)
    if (!(length >= 0 && length <= MAX_BODY_BYTES)) throw new Error('RTSP body without a valid length')
    if (held.length < end + 4 + length) return undefined
    const body = held.subarray(end + 4, end + 4 + length)
    held = held.subarray(end + 4 + length)
    return { kind: 'message', first, fields, body }
  }

  return {
    push(bytes: Buffer): RtspPiece[] {
      held = held.length === 0 ? bytes : Buffer.concat([held, bytes])
      const pieces: RtspPiece[] = []
      for (let piece = next(); piece !== undefined; piece = next()) pieces.push(piece)
      return pieces
    },
  }
}

export function writeMessage(first: string, fields: readonly string[], body: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([Buffer.from([first, ...fields, '', ''].join('\r\n'), 'latin1'), body])
}

export function fieldOf(fields: readonly string[], wanted: string): string | undefined {
  const found = fields.find((field) => field.slice(0, field.indexOf(':')).trim().toLowerCase() === wanted)
  return found?.slice(found.indexOf(':') + 1).trim()
}

export function withoutField(fields: readonly string[], unwanted: string): string[] {
  return fields.filter((field) => field.slice(0, field.indexOf(':')).trim().toLowerCase() !== unwanted)
}
