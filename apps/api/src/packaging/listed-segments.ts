import type { Clock } from '@kptv/clock'
import type { ErrorCode } from '@kptv/contract'
import type { SegmentBytes } from './fragment-log.ts'
import type { SegmentList, SegmentRecord } from './segment-list.ts'
import { SegmentPublisher, type SegmentPublisherOptions } from './segment-publisher.ts'
import type { SegmentMemory, SegmentStore } from './segment-store.ts'

export type ListedSegmentsOptions = Omit<SegmentPublisherOptions, 'onList'> & {
  readonly memory: SegmentMemory
  readonly clock: Clock
  /** Of this node's leadership of the channel; 0 if it does not lead. */
  readonly term: () => number
  /** The bytes of a segment that another node has listed, if they have come here by themselves. */
  readonly take: (record: SegmentRecord) => SegmentBytes | undefined
  /** Gets a segment from another node; undefined: none has it. Never throws. */
  readonly fetchSegment: (record: SegmentRecord) => Promise<SegmentBytes | undefined>
  /** Another list is offered. */
  readonly onList?: () => void
}

/** A request for the first segment waits no longer. */
export const START_WAIT_MS = 25_000

/**
 * The segments of a channel in one format, on one node: their list, and as many of them as this
 * node has. What it lacks it fetches from other nodes.
 */
export class ListedSegments {
  readonly publisher: SegmentPublisher
  readonly store: SegmentStore
  readonly #options: ListedSegmentsOptions
  readonly #fetching = new Map<number, Promise<SegmentBytes | undefined>>()
  readonly #waiting = new Set<(answer: SegmentList | ErrorCode) => void>()

  constructor(options: ListedSegmentsOptions) {
    this.#options = options
    this.store = options.memory.open()
    this.publisher = new SegmentPublisher({ ...options, onList: (list, known) => this.#adopt(list, known) })
  }

  /** This node makes the segments. */
  get isLeading(): boolean {
    return this.publisher.isLeading(this.#options.term())
  }

  /** For other nodes while Redis is away; undefined if this node does not lead. */
  get ledList(): SegmentList | undefined {
    return this.isLeading ? this.publisher.list : undefined
  }

  /**
   * The newest list. A node that does not lead rereads it for each request, so that what players
   * see on different nodes never goes back.
   */
  async list(): Promise<SegmentList | undefined> {
    if (!this.isLeading) await this.publisher.read()
    return this.publisher.list
  }

  /** The first list that is offered from now on, or why there will be none. */
  firstList(whenLate: ErrorCode): Promise<SegmentList | ErrorCode> {
    return new Promise((resolve) => {
      const answer = (list: SegmentList | ErrorCode): void => {
        cancel()
        this.#waiting.delete(answer)
        resolve(list)
      }
      const cancel = this.#options.clock.after(START_WAIT_MS, () => answer(whenLate))
      this.#waiting.add(answer)
    })
  }

  /** A request waits for the first list. */
  get isAwaited(): boolean {
    return this.#waiting.size > 0
  }

  /** All that wait for the first list get this. */
  answer(answer: SegmentList | ErrorCode): void {
    for (const give of this.#waiting) give(answer)
  }

  /** @returns undefined if there is no such segment (any more) */
  async segment(number: number): Promise<SegmentBytes | undefined> {
    const held = this.store.get(number)
    if (held !== undefined) return held
    if (this.#record(number) === undefined) await this.publisher.read()
    const record = this.#record(number)
    return record && this.#fetch(record)
  }

  /**
   * For a new leader: the last segments that no node has (they were lost with the former one) are
   * to be made again. The first of the list stays: from there all is counted.
   */
  async forgetLost(): Promise<void> {
    const [, ...segments] = this.publisher.newest?.segments ?? []
    const isLost = await Promise.all(segments.map(async ({ number }) => (await this.segment(number)) === undefined))
    const lost = segments[isLost.lastIndexOf(false) + 1]
    if (lost !== undefined) this.publisher.forgetFrom(lost.number)
  }

  /** Once a second. */
  async refresh(): Promise<void> {
    if (this.isLeading) this.publisher.repeat()
    else await this.publisher.read()
  }

  /** @param wasLeading then nobody needs the list any more */
  close(wasLeading: boolean): void {
    this.store.close()
    this.answer('draining')
    if (wasLeading) this.publisher.remove()
  }

  #record(number: number): SegmentRecord | undefined {
    return this.publisher.list?.segments.find((segment) => segment.number === number)
  }

  /** @param known number of the last segment before */
  #adopt(list: SegmentList, known: number): void {
    const news = this.isLeading ? [] : list.segments.filter(({ number }) => number > known)
    for (const record of news) {
      // Made by this node when another one already led.
      this.store.dropFrom(record.number)
      const parts = this.#options.take(record)
      if (parts !== undefined) this.store.put(record.number, parts)
      // Two nodes have each segment, so none is lost with its leader.
      else if (known > 0) void this.#fetch(record)
    }
    this.store.dropBefore(list.segments[0]!.number)
    this.answer(list)
    this.#options.onList?.()
  }

  #fetch(record: SegmentRecord): Promise<SegmentBytes | undefined> {
    const { number } = record
    const running = this.#fetching.get(number)
    if (running !== undefined) return running
    const fetching = this.#options.fetchSegment(record).then((parts) => {
      this.#fetching.delete(number)
      if (parts !== undefined) this.store.put(number, parts)
      return parts
    })
    this.#fetching.set(number, fetching)
    return fetching
  }
}
