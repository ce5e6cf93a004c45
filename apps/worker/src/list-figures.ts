import { ownText, remember } from '@kptv/addresses'
import type { SourceState } from '@kptv/catalog'
import { MAX_LOST_GROUPS } from '@kptv/contract'
import { attributeValue, type Entry, findLostGroups, groupParts, type ListFigures } from '@kptv/playlist'

/** Beyond it new groups are not counted; even fewer are kept for the next import. */
const MAX_GROUPS_COUNTED = 20_000
export const MAX_GROUPS_KEPT = 500
/** Of the name of a group, for people. */
const MAX_NAME = 200

/** Counts, before any filter, the figures of a list that the import guard needs. */
export function createListFigures() {
  const groups = new Map<string, number>()
  const partsOf = remember(MAX_GROUPS_KEPT, groupParts)
  let entries = 0
  return {
    add(parsed: ReadonlyArray<Pick<Entry, 'attributes'>>): void {
      entries += parsed.length
      for (const { attributes } of parsed) {
        for (const group of partsOf(attributeValue(attributes, 'group-title') ?? '')) {
          const count = groups.get(group)
          if (count !== undefined) groups.set(group, count + 1)
          else if (groups.size < MAX_GROUPS_COUNTED) groups.set(ownText(group), 1)
        }
      }
    },

    get entries(): number {
      return entries
    },

    /** @param seal makes the name of a group one that may be shown. */
    read: (torn: boolean, seal: (group: string) => string): ListFigures => ({
      entries,
      torn,
      groups: new Map([...groups].map(([group, count]) => [seal(group), count])),
    }),
  }
}

/** The figures of a good list, as they were kept. */
export function figuresOf({ entries, filtered, groups, torn }: SourceState): ListFigures {
  return { entries: entries + filtered, groups: new Map(groups), torn }
}

/** The largest groups: together they hold nearly every entry of any list. */
export function largestGroups(groups: ListFigures['groups']): Array<readonly [group: string, entries: number]> {
  return [...groups].sort(([, first], [, second]) => second - first).slice(0, MAX_GROUPS_KEPT)
}

/** The first named groups that a list no longer has, for people. */
export function namesOfLost(before: ListFigures, list: ListFigures): readonly string[] {
  const named = findLostGroups(before.groups, list.groups).lost.filter((group) => group !== '')
  return named.slice(0, MAX_LOST_GROUPS).map((group) => group.slice(0, MAX_NAME))
}
