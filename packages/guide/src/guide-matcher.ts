import { KeyTable } from './key-table.ts'
import type { GuideChannel } from './model.ts'
import { Receivers } from './receivers.ts'
import { TextList } from './text-list.ts'
import { MATCHED_BY, type MatchedBy, type WantedIndex } from './wanted-index.ts'

type Match = { readonly channelId: string; readonly guideChannelId: string; readonly by: MatchedBy }

const UNMATCHED: readonly number[] = []
/** Unmatched channels that are remembered, so that most programmes cost one search. */
const MAX_UNMATCHED = 50_000
/** `preference` of a key among those of its channel is less than this. */
const PREFERENCES = 256

/**
 * Finds the guide channel of each wanted channel while the channels of the guide come one by one,
 * in any order. The best way to match wins, whichever guide channel comes first; of two that match
 * equally well, the first.
 *
 * Holds some 100 bytes for each match, nothing of it on the heap.
 */
export class GuideMatcher {
  readonly #index: WantedIndex
  /** Guide channels that have, or had, a receiver: ids by number, and numbers by id. */
  readonly #ids = new TextList()
  readonly #numbers: KeyTable
  #unmatched: KeyTable
  readonly #receivers: Receivers
  /** By number of the wanted channel. */
  readonly #ranks: Uint16Array
  #replacements = 0

  constructor(index: WantedIndex) {
    this.#index = index
    this.#numbers = new KeyTable(index.seed)
    this.#unmatched = new KeyTable(index.seed)
    this.#receivers = new Receivers(index.size)
    this.#ranks = new Uint16Array(index.size)
  }

  /** A channel of the guide. */
  add({ id, names }: GuideChannel): void {
    this.#offer('map', id, id)
    this.#offer('tvg-id', id, id)
    this.#offer('tvg-id-without-case', id, id)
    for (const name of names) this.#offer('name', name, id)
    if (this.#numbers.has(id) || this.#unmatched.has(id)) return
    if (this.#unmatched.size >= MAX_UNMATCHED) this.#unmatched = new KeyTable(this.#index.seed)
    this.#unmatched.add(id)
  }

  /**
   * The numbers of the wanted channels that a guide channel serves. One that was never added is
   * known by its id alone.
   */
  receivers(guideChannelId: string): readonly number[] {
    const number = this.#numbers.first(guideChannelId)
    if (number !== undefined) return this.#receivers.of(number)
    if (this.#unmatched.has(guideChannelId)) return UNMATCHED
    this.add({ id: guideChannelId, names: [] })
    return this.receivers(guideChannelId)
  }

  /** Wanted channels without a guide are not in it. */
  *matches(): Generator<Match> {
    for (let channel = 0; channel < this.#index.size; channel += 1) {
      const guideChannel = this.#receivers.servedBy(channel)
      if (guideChannel === undefined) continue
      const guideChannelId = this.#ids.at(guideChannel)
      yield { channelId: this.#index.idOf(channel), guideChannelId, by: this.#matchedBy(channel) }
    }
  }

  /** How many wanted channels were matched in each way. */
  counts(): Readonly<Partial<Record<MatchedBy, number>>> {
    const counts: Partial<Record<MatchedBy, number>> = {}
    for (let channel = 0; channel < this.#index.size; channel += 1) {
      if (this.#receivers.servedBy(channel) === undefined) continue
      const by = this.#matchedBy(channel)
      counts[by] = (counts[by] ?? 0) + 1
    }
    return counts
  }

  /** Grows with each match that is made or improved: equal numbers mean equal matches. */
  get version(): number {
    return this.#replacements
  }

  #matchedBy(channel: number): MatchedBy {
    return MATCHED_BY[Math.floor((this.#ranks[channel] as number) / PREFERENCES)] as MatchedBy
  }

  #offer(by: MatchedBy, text: string, guideChannelId: string): void {
    for (const { channel, preference } of this.#index.candidates(by, text)) {
      const rank = MATCHED_BY.indexOf(by) * PREFERENCES + Math.min(preference, PREFERENCES - 1)
      const isMatched = this.#receivers.servedBy(channel) !== undefined
      if (isMatched && rank >= (this.#ranks[channel] as number)) continue
      this.#receivers.serve(channel, this.#numberOf(guideChannelId))
      this.#ranks[channel] = rank
      this.#replacements += 1
    }
  }

  #numberOf(guideChannelId: string): number {
    const known = this.#numbers.first(guideChannelId)
    if (known !== undefined) return known
    const channel = this.#ids.add(guideChannelId)
    this.#numbers.add(guideChannelId, { channel, preference: 0 })
    return channel
  }
}
