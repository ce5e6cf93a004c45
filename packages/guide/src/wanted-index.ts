import { type Candidate, KeyTable } from './key-table.ts'
import { TextList } from './text-list.ts'

/** A channel of the catalogue, as far as it matters for finding its guide. */
export type WantedChannel = {
  readonly id: string
  readonly name: string
  /** `tvg-id` of its entries, most preferred first. */
  readonly guideIds: readonly string[]
  /** `tvg-name` and other names of its entries. */
  readonly otherNames?: readonly string[]
  /** What the operator decided: the id in the guide; empty: no guide. */
  readonly mappedTo?: string | undefined
  /** How far its times in a guide are off, as its list says; added to them. Default: 0. */
  readonly shiftMs?: number
}

/** How a channel found its guide, best first. */
export const MATCHED_BY = ['map', 'tvg-id', 'tvg-id-without-case', 'name'] as const
export type MatchedBy = (typeof MATCHED_BY)[number]

/**
 * The channels that are looked for, by everything they can be found by. It is made once for all
 * guides; 300,000 channels take some 40 MB, hardly any of it on the heap.
 */
export class WantedIndex {
  /** For other tables of what foreign documents hold. */
  readonly seed: number
  readonly #nameKey: (name: string) => string
  readonly #table: KeyTable
  readonly #ids = new TextList()
  readonly #shiftsMs: number[] = []

  /**
   * @param nameKey Normalises names, so that equal keys are the same channel.
   * @param seed A random number, so that nobody can make a list that is slow to find channels in.
   */
  constructor(nameKey: (name: string) => string, seed = 0) {
    this.seed = seed
    this.#nameKey = nameKey
    this.#table = new KeyTable(seed)
  }

  /** A channel is known by its number: the first one is 0. */
  add({ id, name, guideIds, otherNames = [], mappedTo, shiftMs = 0 }: WantedChannel): void {
    const channel = this.#ids.add(id)
    this.#shiftsMs.push(shiftMs)
    // A decision of the operator is final: where its guide is missing, no other one is guessed.
    if (mappedTo !== undefined) return this.#expect('map', mappedTo, { channel, preference: 0 })
    for (const [preference, guideId] of guideIds.entries()) {
      this.#expect('tvg-id', guideId, { channel, preference })
      this.#expect('tvg-id-without-case', foldId(guideId), { channel, preference })
    }
    for (const [preference, text] of [name, ...otherNames].entries()) {
      this.#expect('name', this.#nameKey(text), { channel, preference })
    }
  }

  get size(): number {
    return this.#ids.size
  }

  idOf(channel: number): string {
    return this.#ids.at(channel)
  }

  shiftOf(channel: number): number {
    return this.#shiftsMs[channel] ?? 0
  }

  /** The channels that an id or a name in a guide stands for, if it is read in this way. */
  candidates(by: MatchedBy, text: string): Iterable<Candidate> {
    return this.#table.candidates(keyOf(by, by === 'name' ? this.#nameKey(text) : text))
  }

  #expect(by: MatchedBy, text: string, candidate: Candidate): void {
    if (text !== '') this.#table.add(keyOf(by, text), candidate)
  }
}

function keyOf(by: MatchedBy, text: string): string {
  return `${by}\n${by === 'tvg-id-without-case' ? foldId(text) : text}`
}

function foldId(id: string): string {
  return id.trim().toLowerCase()
}
