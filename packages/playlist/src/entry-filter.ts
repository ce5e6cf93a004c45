import { remember } from '@kptv/addresses'
import { attributeValue } from './attributes.ts'
import { type EntryKind, entryKind } from './entry-kind.ts'
import { groupNames } from './group-names.ts'
import type { Entry } from './model.ts'

/** One condition on an entry. `fits` must be fast on any text: entries are not trusted. */
export type EntryTest =
  | { readonly field: 'name' | 'group'; readonly fits: (text: string) => boolean }
  | { readonly field: 'kind'; readonly fits: (kind: EntryKind) => boolean }

type FilteredEntry = Pick<Entry, 'name' | 'url' | 'attributes'>

/** Groups are few and repeat. */
const MAX_REMEMBERED_GROUPS = 10_000

/**
 * Whether an entry is taken: no test of `exclude` fits and, for each field with tests in `include`,
 * one of those does. Any of several groups may fit; an entry without a group has the group `''`.
 */
export function createEntryFilter(tests: {
  readonly include: readonly EntryTest[]
  readonly exclude: readonly EntryTest[]
}) {
  const includes = [...Map.groupBy(tests.include, ({ field }) => field).values()]
  const isGroupTaken = remember(MAX_REMEMBERED_GROUPS, (group) =>
    judge('group', (test) => test.field === 'group' && groupNames(group).some(test.fits)),
  )

  function judge(field: EntryTest['field'], fits: (test: EntryTest) => boolean): boolean {
    if (tests.exclude.some((test) => test.field === field && fits(test))) return false
    const wanted = includes.find(([first]) => first?.field === field)
    return wanted === undefined || wanted.some(fits)
  }

  return (entry: FilteredEntry): boolean => {
    if (!isGroupTaken(attributeValue(entry.attributes, 'group-title') ?? '')) return false
    if (!judge('name', (test) => test.field === 'name' && test.fits(entry.name))) return false
    const kind = entryKind(entry)
    return judge('kind', (test) => test.field === 'kind' && test.fits(kind))
  }
}
