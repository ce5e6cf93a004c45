/** Keeps the output of a splicer, for callers that take it later. */
import { Buffer } from 'node:buffer'
import type { SpliceSink } from '../src/piece-writer.ts'

/** Packets of the output, and the byte offsets in them where a player can start. */
export type CollectedOutput = { readonly packets: Buffer; readonly joinPoints: readonly number[] }

export class OutputCollector {
  #pieces: Buffer[] = []
  #joinPoints: number[] = []
  #bytes = 0

  readonly sink: SpliceSink = (packets, isJoinPoint) => {
    if (isJoinPoint) this.#joinPoints.push(this.#bytes)
    this.#pieces.push(Buffer.from(packets))
    this.#bytes += packets.length
  }

  /** What came since the last call. */
  take(): CollectedOutput {
    const taken = { packets: Buffer.concat(this.#pieces), joinPoints: this.#joinPoints }
    this.#pieces = []
    this.#joinPoints = []
    this.#bytes = 0
    return taken
  }
}
