import { ownText, remember } from '@kptv/addresses'
import type { SourceState } from '@kptv/catalog'
import { attributeValue, type Entry, groupParts, type ListFigures } from '@kptv/playlist'

/** Beyond it new groups are not counted; even fewer are kept for the next import. */
const MAX_GROUPS_COUNTED = 20_000
export const MAX_GROUPS_KEPT = 500

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
