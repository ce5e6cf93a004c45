import { Buffer } from 'node:buffer'
import { readSafeInteger, writeSafeInteger } from './message-format.ts'

/**
 * A follower's request for messages, version 1. Numbers are big-endian: `KA` (2 bytes), version
 * (1), length of the incarnation (1), term (8), from (8), to (8), incarnation in ASCII.
 */
export type RelayRequest = {
  /**
   * Only the holder of the term answers. 0: the follower knows no term yet, any holder may answer.
   */
  readonly term: number
  /** First sequence wanted. 0: the backlog, from the newest join point on. */
  readonly from: number
  /** Last sequence wanted; `Number.MAX_SAFE_INTEGER`: all there are. */
  readonly to: number
  /** Of the follower: where to send the answer. */
  readonly incarnation: string
}

const MAGIC = 0x4b41
const VERSION = 1
const HEADER_BYTES = 28
const INCARNATION = /^[\w.-]{1,64}$/

/** @throws RangeError on a number or an incarnation that is out of bounds */
export function encodeRequest(request: RelayRequest): Buffer {
  if (!INCARNATION.test(request.incarnation)) throw new RangeError('an incarnation has 1 to 64 letters, digits, . _ -')
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + request.incarnation.length)
  bytes.writeUInt16BE(MAGIC, 0)
  bytes[2] = VERSION
  bytes[3] = request.incarnation.length
  writeSafeInteger(bytes, request.term, 4)
  writeSafeInteger(bytes, request.from, 12)
  writeSafeInteger(bytes, request.to, 20)
  bytes.write(request.incarnation, HEADER_BYTES, 'latin1')
  return bytes
}

/** Undefined for everything that this version would not have written. */
export function decodeRequest(bytes: Buffer): RelayRequest | undefined {
  if (bytes.length < HEADER_BYTES || bytes.readUInt16BE(0) !== MAGIC || bytes[2] !== VERSION) return undefined
  if (bytes.length !== HEADER_BYTES + bytes[3]!) return undefined
  const term = readSafeInteger(bytes, 4)
  const from = readSafeInteger(bytes, 12)
  const to = readSafeInteger(bytes, 20)
  const incarnation = bytes.toString('latin1', HEADER_BYTES)
  if (term === undefined || from === undefined || to === undefined || to < from) return undefined
  return INCARNATION.test(incarnation) ? { term, from, to, incarnation } : undefined
}
