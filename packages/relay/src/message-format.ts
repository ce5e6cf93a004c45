import { Buffer } from 'node:buffer'
import { PACKET_BYTES, SYNC_BYTE } from '@kptv/mpegts'
import type { MediaOrigin } from './relay.ts'

/**
 * One message of the relay, version 3. Numbers are big-endian.
 *
 * | Offset | Bytes | Field |
 * |---|---|---|
 * | 0 | 2 | `KR`: marks our messages |
 * | 2 | 1 | version; others are not read, so nodes of different versions ignore each other |
 * | 3 | 1 | kind |
 * | 4 | 1 | flags; unknown ones are ignored |
 * | 5 | 1 | of media: bytes of its stream's id; 0: its origin is not known |
 * | 6 | 2 | number of join points |
 * | 8 | 8 | term |
 * | 16 | 8 | sequence |
 * | 24 | 4 | bytes of payload |
 * | 28 | 2 | bytes of the state |
 * | 30 | 4 each | join points: offsets in the payload, ascending, on packet boundaries |
 * | then | 8 | where the origin is known: ticks that were added to its time |
 * | then | | its stream's id in ASCII |
 * | then | | state of the output behind the payload, as JSON |
 * | then | | payload: whole packets; of `end` its reason, of `offer` the incarnation, in ASCII |
 */
export type RelayMessage =
  | MediaMessage
  /**
   * No media, but the leader is alive. `sequence`: the last media message so far, 0 before the
   * first.
   */
  | TickMessage
  /** The leader's last words, after the media message `sequence`. */
  | { readonly kind: 'end'; readonly term: number; readonly sequence: number; readonly reason: string }
  /** The leader asks one incarnation to take over. */
  | { readonly kind: 'offer'; readonly term: number; readonly sequence: number; readonly to: string }

type TickMessage = {
  readonly kind: 'tick'
  readonly term: number
  readonly sequence: number
  readonly isFlowing: boolean
}

/**
 * `media` goes to all followers, `repair` to the one that requested it. A repair has the sequence
 * of the original.
 */
export type MediaMessage = {
  readonly kind: 'media' | 'repair'
  readonly term: number
  readonly sequence: number
  /**
   * Media reaches the leader as this is sent; otherwise it seeks some, and what it has is old.
   */
  readonly isFlowing: boolean
  /** Of a repair: it begins at a join point, and everything before it is gone or not wanted. */
  readonly isStart: boolean
  /** Empty in a repair: there is no join point up to and including `sequence`. */
  readonly packets: Buffer
  readonly joinPoints: readonly number[]
  /** Of all of its packets; absent where it is unknown. */
  readonly origin?: MediaOrigin | undefined
  /**
   * Of the output behind the packets, as the leader gave it; absent where a message ends within a
   * piece.
   */
  readonly state?: unknown
}

/** A longer message is foreign. */
export const MAX_PAYLOAD_BYTES = 1024 * 1024

const MAGIC = 0x4b52
const VERSION = 3
const KINDS = ['media', 'tick', 'end', 'repair', 'offer'] as const
const FLAG_START = 1
/** Absent in messages of nodes that do not know it. */
const FLAG_NOT_FLOWING = 2
const HEADER_BYTES = 30
const MAX_STATE_BYTES = 0xffff
const WORD = /^[\w-]{1,64}$/
/** A reason, and the nodes that it names. */
const REASON = /^[\w-]{1,64}(?:,[\w-]{1,64}){0,63}$/
const MAX_REASON_BYTES = 64 * 65
const STREAM_ID = /^[\w-]{1,64}$/
const OFFSET_BYTES = 8

/**
 * The bytes of a media message, from packets in pieces, which are copied once.
 *
 * @throws RangeError when the pieces are not whole packets or too many, a join point is not at a
 * packet boundary, or the origin is invalid
 */
export function encodeMedia(message: Omit<MediaMessage, 'packets'>, pieces: readonly Buffer[]): Buffer {
  const payloadBytes = pieces.reduce((sum, piece) => sum + piece.length, 0)
  return Buffer.concat([encodeMediaHead(message, payloadBytes), ...pieces])
}

/** The bytes before the packets; throws as {@link encodeMedia} does. */
export function encodeMediaHead(message: Omit<MediaMessage, 'packets'>, payloadBytes: number): Buffer {
  const { joinPoints, origin } = message
  if (payloadBytes % PACKET_BYTES !== 0 || payloadBytes > MAX_PAYLOAD_BYTES) {
    throw new RangeError(`a relay message cannot hold ${payloadBytes} bytes`)
  }
  if (!areJoinPoints(joinPoints, payloadBytes))
    throw new RangeError('join points must ascend and lie at packet boundaries')
  if (origin !== undefined && !STREAM_ID.test(origin.streamId)) throw new RangeError('the id of a stream must be short')
  const idBytes = origin?.streamId.length ?? 0
  const originBytes = idBytes === 0 ? 0 : OFFSET_BYTES + idBytes
  const state = encodeState(message.state)
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + 4 * joinPoints.length + originBytes + state.length)
  writeHeader(bytes, {
    ...message,
    idBytes,
    flags: (message.isStart ? FLAG_START : 0) | flowFlag(message.isFlowing),
    joinPoints: joinPoints.length,
    stateBytes: state.length,
    payloadBytes,
  })
  let at = HEADER_BYTES
  for (const joinPoint of joinPoints) at = bytes.writeUInt32BE(joinPoint, at)
  if (origin !== undefined) {
    at = writeSafeInteger(bytes, origin.offsetTicks, at)
    at += bytes.write(origin.streamId, at, 'latin1')
  }
  state.copy(bytes, at)
  return bytes
}

export function encodeTick(tick: Omit<TickMessage, 'kind'>): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES)
  const flags = flowFlag(tick.isFlowing)
  writeHeader(bytes, { ...tick, kind: 'tick', flags, idBytes: 0, joinPoints: 0, stateBytes: 0, payloadBytes: 0 })
  return bytes
}

/** @throws RangeError when the reason is not a short code */
export function encodeEnd(end: { readonly term: number; readonly sequence: number; readonly reason: string }): Buffer {
  if (!REASON.test(end.reason)) throw new RangeError('the reason of an end must be a short code')
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + end.reason.length)
  writeHeader(bytes, {
    ...end,
    kind: 'end',
    flags: 0,
    idBytes: 0,
    joinPoints: 0,
    stateBytes: 0,
    payloadBytes: end.reason.length,
  })
  bytes.write(end.reason, HEADER_BYTES, 'latin1')
  return bytes
}

/** @throws RangeError when the incarnation is not a short name */
export function encodeOffer({
  term,
  sequence,
  to,
}: {
  readonly term: number
  readonly sequence: number
  readonly to: string
}): Buffer {
  const end = encodeEnd({ term, sequence, reason: to })
  end[3] = KINDS.indexOf('offer')
  return end
}

/**
 * Reads a message; its packets are a view of `bytes`. Undefined for everything that this version
 * would not have written.
 */
export function decodeMessage(bytes: Buffer): RelayMessage | undefined {
  if (bytes.length < HEADER_BYTES || bytes.readUInt16BE(0) !== MAGIC || bytes[2] !== VERSION) return undefined
  const kind = KINDS[bytes[3]!]
  const term = readSafeInteger(bytes, 8)
  const sequence = readSafeInteger(bytes, 16)
  const originAt = HEADER_BYTES + 4 * bytes.readUInt16BE(6)
  const stateAt = originAt + (bytes[5] === 0 ? 0 : OFFSET_BYTES + bytes[5]!)
  const payloadAt = stateAt + bytes.readUInt16BE(28)
  if (kind === undefined || term === undefined || term === 0 || sequence === undefined) return undefined
  if (payloadAt + bytes.readUInt32BE(24) !== bytes.length) return undefined
  const payload = bytes.subarray(payloadAt)
  const isFlowing = (bytes[4]! & FLAG_NOT_FLOWING) === 0
  switch (kind) {
    case 'tick':
      return bytes.length === HEADER_BYTES ? { kind, term, sequence, isFlowing } : undefined
    case 'end':
    case 'offer': {
      const word = payload.toString('latin1', 0, MAX_REASON_BYTES)
      if (payloadAt !== HEADER_BYTES || !(kind === 'end' ? REASON : WORD).test(word)) return undefined
      return kind === 'end' ? { kind, term, sequence, reason: word } : { kind, term, sequence, to: word }
    }
    default: {
      const joinPoints = readJoinPoints(bytes, payload.length)
      const isEmpty = payload.length === 0
      if (joinPoints === undefined || !arePackets(payload) || (isEmpty && kind === 'media')) return undefined
      const isStart = (bytes[4]! & FLAG_START) !== 0
      if (isStart && joinPoints[0] !== 0) return undefined
      const hasState = payloadAt > stateAt
      const hasOrigin = stateAt > originAt
      const state = hasState ? readState(bytes.subarray(stateAt, payloadAt)) : undefined
      const origin = hasOrigin ? readOrigin(bytes.subarray(originAt, stateAt)) : undefined
      if ((hasState && state === undefined) || (hasOrigin && origin === undefined)) return undefined
      const media: MediaMessage = { kind, term, sequence, isFlowing, isStart, packets: payload, joinPoints }
      return { ...media, ...(hasState && { state }), ...(hasOrigin && { origin }) }
    }
  }
}

function flowFlag(isFlowing: boolean): number {
  return isFlowing ? 0 : FLAG_NOT_FLOWING
}

type Header = {
  readonly kind: (typeof KINDS)[number]
  readonly flags: number
  readonly idBytes: number
  readonly joinPoints: number
  readonly term: number
  readonly sequence: number
  readonly stateBytes: number
  readonly payloadBytes: number
}

function writeHeader(bytes: Buffer, header: Header): void {
  bytes.writeUInt16BE(MAGIC, 0)
  bytes[2] = VERSION
  bytes[3] = KINDS.indexOf(header.kind)
  bytes[4] = header.flags
  bytes[5] = header.idBytes
  bytes.writeUInt16BE(header.joinPoints, 6)
  writeSafeInteger(bytes, header.term, 8)
  writeSafeInteger(bytes, header.sequence, 16)
  bytes.writeUInt32BE(header.payloadBytes, 24)
  bytes.writeUInt16BE(header.stateBytes, 28)
}

/** A state that is too long is left out: then followers know less about the output. */
function encodeState(state: unknown): Buffer {
  const bytes = state === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(state))
  return bytes.length > MAX_STATE_BYTES ? Buffer.alloc(0) : bytes
}

/** Undefined for anything that is not JSON. */
function readState(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString()) as unknown
  } catch {
    return undefined
  }
}

function readOrigin(bytes: Buffer): MediaOrigin | undefined {
  const offsetTicks = readSafeInteger(bytes, 0)
  const streamId = bytes.toString('latin1', OFFSET_BYTES)
  return offsetTicks !== undefined && STREAM_ID.test(streamId) ? { streamId, offsetTicks } : undefined
}

/** @throws RangeError when `value` is not an integer from 0 to 2^53 - 1 */
export function writeSafeInteger(bytes: Buffer, value: number, at: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is neither a term nor a sequence`)
  bytes.writeUInt32BE(Math.floor(value / 2 ** 32), at)
  return bytes.writeUInt32BE(value % 2 ** 32, at + 4)
}

export function readSafeInteger(bytes: Buffer, at: number): number | undefined {
  const value = bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4)
  return Number.isSafeInteger(value) ? value : undefined
}

function readJoinPoints(bytes: Buffer, payloadBytes: number): number[] | undefined {
  const joinPoints = Array.from({ length: bytes.readUInt16BE(6) }, (_, index) =>
    bytes.readUInt32BE(HEADER_BYTES + 4 * index),
  )
  return areJoinPoints(joinPoints, payloadBytes) ? joinPoints : undefined
}

function areJoinPoints(joinPoints: readonly number[], payloadBytes: number): boolean {
  return joinPoints.every(
    (offset, index) =>
      offset % PACKET_BYTES === 0 && offset >= 0 && offset < payloadBytes && offset > (joinPoints[index - 1] ?? -1),
  )
}

function arePackets(payload: Buffer): boolean {
  if (payload.length % PACKET_BYTES !== 0 || payload.length > MAX_PAYLOAD_BYTES) return false
  for (let at = 0; at < payload.length; at += PACKET_BYTES) if (payload[at] !== SYNC_BYTE) return false
  return true
}

export function isSameOrigin(one: MediaOrigin | undefined, other: MediaOrigin | undefined): boolean {
  return one?.streamId === other?.streamId && one?.offsetTicks === other?.offsetTicks
}
