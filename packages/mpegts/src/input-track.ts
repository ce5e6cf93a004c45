/**
 * One PID of the input on its way to one PID of the output.
 *
 * Invariant: a packet is passed only while a unit is open, and a unit is open from its first packet
 * up to its end, a lost packet or a break. So the counter of the output advances by one with each
 * payload that is passed, independently of the input's.
 */
import type { Buffer } from 'node:buffer'
import type { BrokenLinkMarker } from './broken-link.ts'
import { type Cadence, createCadence } from './cadence.ts'
import type { OutputStream } from './output-program.ts'
import {
  clearDiscontinuity,
  continuityOf,
  hasDiscontinuity,
  hasPayload,
  hasTransportError,
  isScrambled,
  PACKET_BYTES,
  setContinuity,
  setPid,
} from './packet.ts'

/**
 * An input whose counters are wrong this often in a row does not count at all: its counters are
 * ignored.
 */
const HOPELESS_LOSSES = 16
const PLAIN_PAYLOAD_BYTES = PACKET_BYTES - 4
const PLAIN = 0x10
const UNKNOWN = -1

export class InputTrack {
  readonly pid: number
  readonly stream: OutputStream
  /** Sets the time and the join points of the output. */
  isMain = false
  /** Carries the clock of the input too. */
  hasClock = false
  /**
   * A unit of this input was passed already; the next ones need no distance to the input before.
   */
  isContinuing = false
  /**
   * The output has the start of a unit of this stream; the rest follows when the unit comes again.
   */
  awaitsRest = false
  /** Nothing is passed before a key frame, although the output runs. */
  awaitsKeyFrame = false
  /**
   * Of the open unit: bytes that the output has already. `undefined` for a unit that is passed from
   * its start.
   */
  skipBytes: number | undefined
  /** Of the open unit: the first one behind a seam may need a mark. */
  marker: BrokenLinkMarker | undefined
  /** Of the open unit: a copy is kept for a slate. */
  isKept = false
  readonly cadence: Cadence
  readonly #isMoved: boolean
  /** Counter of the next payload; -1: any. */
  #next = UNKNOWN
  /** The fourth byte of a packet that can be passed without a closer check; -1: none can. */
  #plain = UNKNOWN
  #fingerprint = 0
  #lossesInARow = 0
  #isOpen = false

  constructor(pid: number, stream: OutputStream) {
    this.pid = pid
    this.stream = stream
    this.#isMoved = pid !== stream.pid
    this.cadence = createCadence(stream.unitTicks)
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /**
   * Passes the packet if it is nothing but the next payload of an open unit: the way of nearly all
   * packets.
   */
  passPlain(packets: Buffer, at: number): boolean {
    if (packets[at + 3] !== this.#plain || (packets[at + 1]! & 0xc0) !== 0) return false
    this.#next = (this.#next + 1) & 0x0f
    this.#plain = PLAIN | this.#next
    this.#lossesInARow = 0
    this.#fingerprint = fingerprintOf(packets, at)
    const { stream } = this
    stream.unitBytes += PLAIN_PAYLOAD_BYTES
    stream.counter = (stream.counter + 1) & 0x0f
    const flags = PLAIN | stream.counter
    if (packets[at + 3] !== flags) packets[at + 3] = flags
    if (this.#isMoved) setPid(packets, at, stream.pid)
    return true
  }

  /**
   * False for a packet to ignore: a repeated one, one with bit errors, a scrambled one. Once for
   * each packet.
   */
  admit(packets: Buffer, at: number): boolean {
    if (hasTransportError(packets, at)) return false
    if (isScrambled(packets, at)) {
      this.close()
      this.#next = UNKNOWN
      return false
    }
    if (!hasPayload(packets, at)) return true
    const counter = continuityOf(packets, at)
    const fingerprint = fingerprintOf(packets, at)
    const isRepeated = this.#next !== UNKNOWN && counter === ((this.#next - 1) & 0x0f)
    if (isRepeated && fingerprint === this.#fingerprint) return false
    if (this.#next === UNKNOWN || counter === this.#next) this.#lossesInARow = 0
    else if (!hasDiscontinuity(packets, at)) this.#lose()
    this.#next = (counter + 1) & 0x0f
    if (this.#plain !== UNKNOWN) this.#plain = PLAIN | this.#next
    this.#fingerprint = fingerprint
    return true
  }

  /** @param isPlain its packets need no closer check than their counters */
  open(isPlain: boolean): void {
    this.#isOpen = true
    this.#plain = isPlain ? PLAIN | this.#next : UNKNOWN
  }

  close(): void {
    this.#isOpen = false
    this.#plain = UNKNOWN
    this.skipBytes = undefined
    this.marker = undefined
    this.isKept = false
  }

  /** The next packet continues nothing that is known. */
  forgetCounter(): void {
    this.#next = UNKNOWN
    this.close()
  }

  /** Makes an admitted packet one of the output; its clock and times are handled elsewhere. */
  pass(packets: Buffer, at: number): void {
    const { stream } = this
    if (hasPayload(packets, at)) stream.counter = (stream.counter + 1) & 0x0f
    setContinuity(packets, at, stream.counter)
    if (this.#isMoved) setPid(packets, at, stream.pid)
    clearDiscontinuity(packets, at)
  }

  #lose(): void {
    this.#lossesInARow += 1
    if (this.#lossesInARow < HOPELESS_LOSSES) this.close()
  }
}

/**
 * Distinguishes a repeated packet from another one with the same counter. A few bytes will do; time
 * stamps are among them.
 */
function fingerprintOf(packets: Buffer, at: number): number {
  const end = (packets[at + 187]! << 24) ^ (packets[at + 149]! << 16) ^ (packets[at + 101]! << 8) ^ packets[at + 53]!
  return end ^ (packets[at + 22]! << 12) ^ (packets[at + 18]! << 4) ^ (packets[at + 17]! << 20)
}
