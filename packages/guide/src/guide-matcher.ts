import { Buffer } from 'node:buffer'
import type { GuideChannel } from './model.ts'
import { MATCHED_BY, type MatchedBy, type WantedIndex } from './wanted-index.ts'

export type Match = { readonly channelId: string; readonly guideChannelId: string; readonly by: MatchedBy }

/** A channel of the guide with the numbers of the channels that were matched to it. */
type Matched = { readonly guideChannelId: string; channels: number[]; hasLost: boolean }

const UNMATCHED: Matched = { guideChannelId: '', channels: [], hasLost: false }
/** Unmatched channels that are remembered, so that most programmes cost one search. */
const MAX_UNMATCHED = 50_000
/** `preference` of a key among those of its channel is less than this. */
const PREFERENCES = 256

/**
 * Finds the guide channel of each wanted channel while the channels of the guide come one by one,
 * in any order. The best way to match wins, whichever guide channel comes first; of two that match
 * equally well, the first.
 */
export class GuideMatcher {
  readonly #index: WantedIndex
  readonly #known = new Map<string, Matched>()
  #unmatched = 0
  /** By number of the wanted channel. */
  readonly #matched: Array<Matched | undefined>
  readonly #ranks: Uint16Array
  #replacements = 0

  constructor(index: WantedIndex) {
    this.#index = index
    this.#matched = new Array(index.size).fill(undefined)
    this.#ranks = new Uint16Array(index.size)
  }

  /** A channel of the guide. */
  add({ id, names }: GuideChannel): void {
    this.#offer('map', id, id)
    this.#offer('tvg-id', id, id)
    this.#offer('tvg-id-without-case', id, id)
    for (const name of names) this.#offer('name', name, id)
    if (this.#known.has(id)) return
    if (this.#unmatched >= MAX_UNMATCHED) this.#forgetUnmatched()
    this.#unmatched += 1
    this.#known.set(detached(id), UNMATCHED)
  }

  /**
   * The numbers of the wanted channels that a guide channel serves. One that was never added is
   * known by its id alone.
   */
  receivers(guideChannelId: string): readonly number[] {
    const known = this.#known.get(guideChannelId)
    if (known === undefined) {
      this.add({ id: guideChannelId, names: [] })
      return this.receivers(guideChannelId)
    }
    return this.#channelsOf(known)
  }

  /** Wanted channels without a guide are not in it. */
  *matches(): Generator<Match> {
    for (const [channel, matched] of this.#matched.entries()) {
      if (matched === undefined) continue
      const by = MATCHED_BY[Math.floor((this.#ranks[channel] as number) / PREFERENCES)] as MatchedBy
      yield { channelId: this.#index.idOf(channel), guideChannelId: matched.guideChannelId, by }
    }
  }

  /** Grows with each match that is made or improved: equal numbers mean equal matches. */
  get version(): number {
    return this.#replacements
  }

  #offer(by: MatchedBy, text: string, guideChannelId: string): void {
    for (const { channel, preference } of this.#index.candidates(by, text)) {
      const rank = MATCHED_BY.indexOf(by) * PREFERENCES + Math.min(preference, PREFERENCES - 1)
      const before = this.#matched[channel]
      if (before !== undefined && rank >= (this.#ranks[channel] as number)) continue
      if (before?.guideChannelId !== guideChannelId) {
        if (before !== undefined) before.hasLost = true
        this.#matched[channel] = this.#addReceiver(guideChannelId, channel)
      }
      this.#ranks[channel] = rank
      this.#replacements += 1
    }
  }

  /** Without those that were matched better since. */
  #channelsOf(matched: Matched): number[] {
    if (matched.hasLost) {
      matched.channels = matched.channels.filter((channel) => this.#matched[channel] === matched)
      matched.hasLost = false
    }
    return matched.channels
  }

  #addReceiver(guideChannelId: string, channel: number): Matched {
    const known = this.#known.get(guideChannelId)
    if (known !== undefined && known !== UNMATCHED) {
      this.#channelsOf(known).push(channel)
      return known
    }
    if (known === UNMATCHED) this.#unmatched -= 1
    // Most have one channel, for which an array that begins empty would keep room for 17.
    const matched: Matched = { guideChannelId: detached(guideChannelId), channels: [channel], hasLost: false }
    this.#known.set(matched.guideChannelId, matched)
    return matched
  }

  #forgetUnmatched(): void {
    for (const [id, matched] of this.#known) if (matched === UNMATCHED) this.#known.delete(id)
    this.#unmatched = 0
  }
}

/** A copy: an id is a part of a piece of the guide, all of which it would keep in memory. */
function detached(text: string): string {
  return Buffer.from(text).toString()
}
