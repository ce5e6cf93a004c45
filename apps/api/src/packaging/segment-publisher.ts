import type { SegmentLists } from '@kptv/coordination'
import { firstNumber, lastNumber, readSegmentList, type SegmentList } from './segment-list.ts'

export type SegmentPublisherOptions = {
  readonly channelId: string
  readonly lists: SegmentLists
  readonly incarnation: () => string
  readonly wallMs: () => number
  /** Other nodes have been sent the media of all segments, or cannot be. Never throws. */
  readonly handedOn: () => Promise<void>
  /** The list from the leader itself, for when Redis is away. Never throws. */
  readonly askLeader: (channelId: string) => Promise<string | undefined>
  /** Another list is offered. @param known number of the last segment before */
  readonly onList: (list: SegmentList, known: number) => void
}

/**
 * The list of a channel's segments, as all nodes offer it: read from Redis, or written there by the
 * leader.
 */
export class SegmentPublisher {
  readonly #options: SegmentPublisherOptions
  /** Under which this node may write. */
  #term = 0
  #claiming: Promise<boolean> | undefined
  /** As offered: other nodes know of it, or cannot know another one. */
  #list: SegmentList | undefined
  /** As cut. */
  #newest: SegmentList | undefined
  #written: SegmentList | undefined
  #writing = false
  #reading: Promise<void> | undefined
  #readingNext: Promise<void> | undefined
  #firstNumber = 0
  /** Of the last segment before the channel was reopened. */
  #pastNumber = 0
  /** Of the leader whose list was read last. */
  #readTerm = 0
  /** Lists of this term, and before, have ended. */
  #end: { readonly term: number; readonly atMs: number } | undefined

  constructor(options: SegmentPublisherOptions) {
    this.#options = options
  }

  get list(): SegmentList | undefined {
    return this.#list
  }

  get newest(): SegmentList | undefined {
    return this.#newest
  }

  /** Of a channel without segments so far. */
  get firstNumber(): number {
    return this.#firstNumber
  }

  /** This node writes the list, in this term. */
  isLeading(term: number): boolean {
    return term !== 0 && term === this.#term
  }

  /** Takes the list over from a former leader. @returns false if a later one has it */
  claim(term: number): Promise<boolean> {
    this.#claiming ??= this.#claim(term).finally(() => {
      this.#claiming = undefined
    })
    return this.#claiming
  }

  async #claim(term: number): Promise<boolean> {
    const { channelId, lists, wallMs } = this.#options
    try {
      const [{ isAccepted, list }, seconds] = await Promise.all([lists.claim(channelId, term), lists.seconds()])
      if (list !== undefined) this.#offer(readSegmentList(list.text))
      if (!isAccepted) return false
      this.#firstNumber = Math.max(firstNumber(seconds), this.#pastNumber + 1)
    } catch {
      // The leader continues while Redis is away: no other node can lead then.
      this.#firstNumber = firstNumber(wallMs() / 1_000)
    }
    this.#term = term
    this.#newest = this.#list
    return true
  }

  /**
   * Offers the list once it is written, and writes it once other nodes have its media: if this node
   * dies, they still have all that players were offered.
   */
  publish(list: SegmentList): void {
    this.#newest = list
    if (!this.#writing) void this.#write()
  }

  /** The leader makes these segments again, and those behind them. */
  forgetFrom(number: number): void {
    const list = this.#newest
    if (list !== undefined) this.#newest = { ...list, segments: list.segments.filter((one) => one.number < number) }
  }

  /** Nothing follows: this node offers the list with an end, and the leader writes it for all. */
  end(): void {
    const list = this.#term === 0 ? this.#list : this.#newest
    if (list === undefined || list.endedAtMs !== undefined) return
    this.#end = { term: Math.max(this.#term, this.#readTerm), atMs: this.#options.wallMs() }
    const ended = { ...list, endedAtMs: this.#end.atMs }
    this.#offer(ended)
    if (this.#term !== 0) this.publish(ended)
  }

  /** The channel is reopened: what has ended is past. */
  restart(): void {
    this.#pastNumber = Math.max(this.#pastNumber, lastNumber(this.#list))
    this.#term = 0
    this.#list = undefined
    this.#newest = undefined
  }

  /** Writes the list again if that has failed. */
  repeat(): void {
    if (this.#newest !== this.#written && !this.#writing) void this.#write()
  }

  async #write(): Promise<void> {
    const { channelId, lists, incarnation, handedOn } = this.#options
    this.#writing = true
    while (this.#newest !== undefined && this.#newest !== this.#written && !this.#isBehind) {
      const list = this.#newest
      const term = this.#term
      await handedOn()
      const text = { text: JSON.stringify(list), incarnation: incarnation() }
      const outcome = await lists.write(channelId, term, text).catch(() => 'failed' as const)
      if (term !== this.#term) continue
      if (outcome === false) {
        this.#term = 0
        this.#newest = this.#list
        break
      }
      this.#offer(list)
      if (outcome === 'failed') break
      this.#written = list
    }
    this.#writing = false
  }

  /** What was forgotten has not all been made again: others must not see a shorter list. */
  get #isBehind(): boolean {
    return lastNumber(this.#newest) < lastNumber(this.#list)
  }

  /** Reads what the leader has written, at the earliest after this call. */
  read(): Promise<void> {
    if (this.#reading === undefined) {
      this.#reading = this.#read().finally(() => {
        this.#reading = undefined
      })
      return this.#reading
    }
    // The one that runs may have seen an older list.
    this.#readingNext ??= this.#reading.then(() => {
      this.#readingNext = undefined
      return this.read()
    })
    return this.#readingNext
  }

  async #read(): Promise<void> {
    const { channelId, lists, askLeader } = this.#options
    const written = await lists.read(channelId).catch(async () => {
      const text = await askLeader(channelId)
      return text === undefined ? undefined : { text, term: this.#readTerm }
    })
    if (written === undefined) return
    this.#readTerm = written.term
    this.#offer(this.#withEnd(readSegmentList(written.text), written.term))
  }

  /**
   * What has ended here stays ended, though its leader has yet to write the end. The list of
   * another leader, or of the reopened channel, has no end.
   */
  #withEnd(list: SegmentList | undefined, term: number): SegmentList | undefined {
    if (list === undefined || this.#end === undefined || list.endedAtMs !== undefined) return list
    const isReopened = list.segments[0]!.number > Math.max(lastNumber(this.#list), this.#pastNumber)
    return isReopened || term > this.#end.term ? list : { ...list, endedAtMs: this.#end.atMs }
  }

  /** The last player has left. */
  remove(): void {
    const { channelId, lists } = this.#options
    this.#term = 0
    lists.remove(channelId).catch(() => undefined)
  }

  #offer(list: SegmentList | undefined): void {
    if (list === undefined) return
    const last = lastNumber(list)
    const known = lastNumber(this.#list)
    // It ended before this node played it.
    if (list.endedAtMs !== undefined && this.#list === undefined) this.#pastNumber = Math.max(this.#pastNumber, last)
    const isEnd = last === known && list.endedAtMs !== undefined && this.#list?.endedAtMs === undefined
    const isRemade = last === known && list.segments.at(-1)?.checksum !== this.#list?.segments.at(-1)?.checksum
    if (last <= this.#pastNumber || (last <= known && !isEnd && !isRemade)) return
    this.#list = list
    this.#options.onList(list, known)
  }
}
