import type { Lease } from './message-memory.ts'
import type { MediaOrigin } from './relay.ts'

export type WindowEntry = Readonly<{
  readonly sequence: number
  readonly packets: Buffer
  /** Of the packets' memory, which the window holds. */
  readonly lease?: Lease
  readonly joinPoints: readonly number[]
  readonly origin?: MediaOrigin | undefined
  readonly state?: unknown
}>

/**
 * The last media messages of a publisher, without holes: bounded in bytes, for backlog and repair.
 */
export class RelayWindow {
  readonly #maximumBytes: number
  #entries: WindowEntry[] = []
  #bytes = 0

  constructor(maximumBytes: number) {
    this.#maximumBytes = maximumBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  /** @param entry with the sequence after the last one */
  push(entry: WindowEntry): void {
    entry.lease?.hold()
    this.#entries.push(entry)
    this.#bytes += entry.packets.length
    while (this.#bytes > this.#maximumBytes) this.#dropOldest()
  }

  get(sequence: number): WindowEntry | undefined {
    const oldest = this.#entries[0]?.sequence ?? 0
    return this.#entries[sequence - oldest]
  }

  /** Where a new follower starts, if it is still here. */
  newestJoinPoint(): { readonly entry: WindowEntry; readonly offset: number } | undefined {
    const entry = this.#entries.findLast(({ joinPoints }) => joinPoints.length > 0)
    const offset = entry?.joinPoints.at(-1)
    return entry === undefined || offset === undefined ? undefined : { entry, offset }
  }

  /** No node follows: nothing can be requested again, so a start for a new follower is enough. */
  keepFromNewestJoinPoint(): void {
    const first = this.newestJoinPoint()?.entry.sequence
    while (first !== undefined && this.#entries[0]!.sequence < first) this.#dropOldest()
  }

  clear(): void {
    while (this.#entries.length > 0) this.#dropOldest()
  }

  #dropOldest(): void {
    const { packets, lease } = this.#entries.shift()!
    this.#bytes -= packets.length
    lease?.release()
  }
}
