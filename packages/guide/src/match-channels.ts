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
export type MatchedBy = 'map' | 'tvg-id' | 'tvg-id-without-case' | 'name'

export type Match = { readonly guideChannelId: string; readonly by: MatchedBy }

export type MatchOptions = {
  /** What the operator decided: from a channel's id, or its name, to the id in the guide; an empty id: no guide. */
  readonly map?: ReadonlyMap<string, string>
  /** Normalises names, so that equal keys are the same channel. */
  readonly nameKey: (name: string) => string
}

/**
 * Finds the guide channel of each wanted channel. Where two guide channels have one name, the first counts.
 *
 * @returns by id of the wanted channel; those without a guide are not in it
 */
export function matchChannels(
  wanted: Iterable<WantedChannel>,
  guide: Iterable<GuideChannel>,
  { map = new Map(), nameKey }: MatchOptions,
): Map<string, Match> {
  const index = createIndex(guide, nameKey)
  const matches = new Map<string, Match>()
  for (const channel of wanted) {
    const match = findMatch(channel, index, map, nameKey)
    if (match !== undefined) matches.set(channel.id, match)
  }
  return matches
}

type Index = {
  readonly ids: ReadonlySet<string>
  readonly byFoldedId: ReadonlyMap<string, string>
  readonly byName: ReadonlyMap<string, string>
}

function createIndex(guide: Iterable<GuideChannel>, nameKey: (name: string) => string): Index {
  const ids = new Set<string>()
  const byFoldedId = new Map<string, string>()
  const byName = new Map<string, string>()
  for (const { id, names } of guide) {
    ids.add(id)
    setFirst(byFoldedId, foldId(id), id)
    for (const name of names) {
      const key = nameKey(name)
      if (key !== '') setFirst(byName, key, id)
    }
  }
  return { ids, byFoldedId, byName }
}

function findMatch(
  { id, name, guideIds, otherNames = [] }: WantedChannel,
  { ids, byFoldedId, byName }: Index,
  map: ReadonlyMap<string, string>,
  nameKey: (name: string) => string,
): Match | undefined {
  const mapped = map.get(id) ?? map.get(name)
  // A decision of the operator is final: where its guide is missing, no other one is guessed.
  if (mapped !== undefined) return ids.has(mapped) ? { guideChannelId: mapped, by: 'map' } : undefined
  const exact = guideIds.find((guideId) => ids.has(guideId))
  if (exact !== undefined) return { guideChannelId: exact, by: 'tvg-id' }
  const folded = firstOf(guideIds.map(foldId), byFoldedId)
  if (folded !== undefined) return { guideChannelId: folded, by: 'tvg-id-without-case' }
  const named = firstOf([name, ...otherNames].map(nameKey), byName)
  return named === undefined ? undefined : { guideChannelId: named, by: 'name' }
}

function foldId(id: string): string {
  return id.trim().toLowerCase()
}

function firstOf(keys: readonly string[], values: ReadonlyMap<string, string>): string | undefined {
  for (const key of keys) {
    const value = values.get(key)
    if (value !== undefined) return value
  }
  return undefined
}

function setFirst(values: Map<string, string>, key: string, value: string): void {
  if (!values.has(key)) values.set(key, value)
}
