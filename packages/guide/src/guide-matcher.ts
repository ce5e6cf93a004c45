import type { GuideChannel } from './model.ts'

/** A channel of the catalogue, as far as it matters for finding its guide. */
export type WantedChannel = {
  readonly id: string
  readonly name: string
  /** `tvg-id` of its entries, most preferred first. */
  readonly guideIds: readonly string[]
  /** `tvg-name` and other names of its entries. */
  readonly otherNames?: readonly string[]
}

/** How a channel found its guide, best first. */
const MATCHED_BY = ['map', 'tvg-id', 'tvg-id-without-case', 'name'] as const
export type MatchedBy = (typeof MATCHED_BY)[number]

export type Match = { readonly guideChannelId: string; readonly by: MatchedBy }

export type MatchOptions = {
  /**
   * What the operator decided: from a channel's id, or its name, to the id in the guide; an empty
   * id: no guide.
   */
  readonly map?: ReadonlyMap<string, string>
  /** Normalises names, so that equal keys are the same channel. */
  readonly nameKey: (name: string) => string
}

/** `preference`: place among the channel's own ids or names; a lower one is better. */
type Candidate = { readonly channelId: string; readonly preference: number }
type Index = Map<string, Candidate[]>

/**
 * Finds the guide channel of each wanted channel while the channels of the guide come one by one,
 * in any order. The best way to match wins, whichever guide channel comes first; of two that match
 * equally well, the first.
 */
export class GuideMatcher {
  readonly #nameKey: (name: string) => string
  readonly #indexes: Readonly<Record<MatchedBy, Index>> = {
    map: new Map(),
    'tvg-id': new Map(),
    'tvg-id-without-case': new Map(),
    name: new Map(),
  }
  readonly #matches = new Map<string, Match & { readonly preference: number }>()
  readonly #receivers = new Map<string, Set<string>>()
  readonly #knownIds = new Set<string>()
  #replacements = 0

  constructor(wanted: Iterable<WantedChannel>, { map = new Map(), nameKey }: MatchOptions) {
    this.#nameKey = nameKey
    for (const { id, name, guideIds, otherNames = [] } of wanted) {
      const mapped = map.get(id) ?? map.get(name)
      // A decision of the operator is final: where its guide is missing, no other one is guessed.
      if (mapped !== undefined) {
        this.#expect('map', mapped, id, 0)
        continue
      }
      for (const [preference, guideId] of guideIds.entries()) {
        this.#expect('tvg-id', guideId, id, preference)
        this.#expect('tvg-id-without-case', foldId(guideId), id, preference)
      }
      for (const [preference, text] of [name, ...otherNames].entries()) {
        this.#expect('name', nameKey(text), id, preference)
      }
    }
  }

  /** A channel of the guide. */
  add({ id, names }: GuideChannel): void {
    this.#knownIds.add(id)
    this.#offer('map', id, id)
    this.#offer('tvg-id', id, id)
    this.#offer('tvg-id-without-case', foldId(id), id)
    for (const name of names) this.#offer('name', this.#nameKey(name), id)
  }

  /**
   * The wanted channels that a guide channel serves. One that was never added is known by its id
   * alone.
   */
  receivers(guideChannelId: string): ReadonlySet<string> {
    const known = this.#receivers.get(guideChannelId)
    if (known !== undefined || this.#knownIds.has(guideChannelId)) return known ?? NONE
    this.add({ id: guideChannelId, names: [] })
    return this.#receivers.get(guideChannelId) ?? NONE
  }

  /** By id of the wanted channel; those without a guide are not in it. */
  get matches(): ReadonlyMap<string, Match> {
    return this.#matches
  }

  /** Grows with each match that is made or improved: equal numbers mean equal matches. */
  get version(): number {
    return this.#replacements
  }

  #expect(by: MatchedBy, key: string, channelId: string, preference: number): void {
    if (key === '') return
    const candidates = this.#indexes[by].get(key)
    if (candidates === undefined) this.#indexes[by].set(key, [{ channelId, preference }])
    else candidates.push({ channelId, preference })
  }

  #offer(by: MatchedBy, key: string, guideChannelId: string): void {
    for (const { channelId, preference } of this.#indexes[by].get(key) ?? []) {
      const before = this.#matches.get(channelId)
      if (before !== undefined && !isBetter({ by, preference }, before)) continue
      if (before !== undefined) this.#receivers.get(before.guideChannelId)?.delete(channelId)
      this.#matches.set(channelId, { guideChannelId, by, preference })
      const receivers = this.#receivers.get(guideChannelId)
      if (receivers === undefined) this.#receivers.set(guideChannelId, new Set([channelId]))
      else receivers.add(channelId)
      this.#replacements += 1
    }
  }
}

const NONE: ReadonlySet<string> = new Set()

type Quality = { readonly by: MatchedBy; readonly preference: number }

function isBetter(first: Quality, second: Quality): boolean {
  const difference = MATCHED_BY.indexOf(first.by) - MATCHED_BY.indexOf(second.by)
  return difference < 0 || (difference === 0 && first.preference < second.preference)
}

function foldId(id: string): string {
  return id.trim().toLowerCase()
}
