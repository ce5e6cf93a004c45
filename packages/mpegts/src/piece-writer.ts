/**
 * Passes on the packets of one piece, as views of its own memory.
 *
 * Invariant: of the piece, `[#start, #end)` is output that was not passed on yet, `[#runStart,
 * position)` is output that still lies where it came; anything between the two was dropped. So
 * nothing is moved before something was dropped, and no byte is moved more than once.
 */
import type { Buffer } from 'node:buffer'
import { PACKET_BYTES } from './packet.ts'

/**
 * @param packets whole packets of the output; a view that is valid during the call only
 * @param isJoinPoint a player can start with them: PAT, PMT and a key frame
 */
export type SpliceSink = (packets: Buffer, isJoinPoint: boolean) => void

export class PieceWriter {
  readonly #sink: SpliceSink
  #piece: Buffer | undefined
  #start = 0
  #end = 0
  #runStart = 0
  #isJoinPoint = false
  #position: number

  constructor(sink: SpliceSink, position: number) {
    this.#sink = sink
    this.#position = position
  }

  /** Bytes of the output so far; behind the view while the sink runs. */
  get position(): number {
    return this.#position
  }

  /** The same, up to the packet at `at` of the open piece. */
  positionAt(at: number): number {
    return this.#position + (this.#end - this.#start) + (at - this.#runStart)
  }

  open(piece: Buffer): void {
    this.#piece = piece
    this.#start = 0
    this.#end = 0
    this.#runStart = 0
  }

  /** The packet at `at` is no part of the output. */
  drop(at: number): void {
    this.#closeRun(at)
    this.#runStart = at + PACKET_BYTES
  }

  /** Passes on all before `at`, so that the next packet may change the state of the output. */
  flush(at: number): void {
    this.#closeRun(at)
    if (this.#end > this.#start) this.#emit(this.#piece!.subarray(this.#start, this.#end))
    this.#start = this.#end
  }

  /** The output continues with a join point; the caller inserts its tables next. */
  markJoinPoint(): void {
    this.#isJoinPoint = true
  }

  /** Inserts packets of other origin before `at`: in the place of dropped ones, or separately. */
  insert(packets: Buffer, at: number): void {
    this.#closeRun(at)
    if (at - this.#end >= packets.length && this.#piece !== undefined) {
      packets.copy(this.#piece, this.#end)
      this.#end += packets.length
      return
    }
    this.flush(at)
    this.#emit(packets)
    this.#start = at
    this.#end = at
    this.#runStart = at
  }

  /** The piece ends at `at`. */
  close(at: number): void {
    this.flush(at)
    this.#piece = undefined
    this.#start = 0
    this.#end = 0
    this.#runStart = 0
  }

  #closeRun(at: number): void {
    if (this.#runStart !== this.#end) this.#piece!.copyWithin(this.#end, this.#runStart, at)
    this.#end += at - this.#runStart
    this.#runStart = at
  }

  #emit(packets: Buffer): void {
    const isJoinPoint = this.#isJoinPoint
    this.#isJoinPoint = false
    this.#position += packets.length
    this.#sink(packets, isJoinPoint)
  }
}
