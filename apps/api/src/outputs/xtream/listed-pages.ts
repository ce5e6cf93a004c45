import type { AppNumbers, CatalogChannel } from '@kptv/catalog'
import { attributeValue, groupParts } from '@kptv/playlist'

/** Channels read at once; other work of the process gets its turn between two pages. */
export const PAGE_SIZE = 500
/** Every stream of Xtream has a category. */
const NO_GROUP = 'Other'

/** A channel with the numbers of its categories. */
type Categorised = { readonly channel: CatalogChannel; readonly categories: readonly number[] }

export function groupsOf({ attributes }: Pick<CatalogChannel, 'attributes'>): readonly string[] {
  return groupParts(attributeValue(attributes, 'group-title') ?? '').map((group) => (group === '' ? NO_GROUP : group))
}

/** The channels of a page that are in a category; `undefined`: in any. */
export async function categorised(
  page: readonly CatalogChannel[],
  { numbers, category }: { readonly numbers: Pick<AppNumbers, 'numbersOf'>; readonly category: number | undefined },
): Promise<Categorised[]> {
  const groups = page.map(groupsOf)
  const ids = await numbers.numbersOf(groups.flat().map((group) => `group:${group}` as const))
  let next = 0
  const all = page.map((channel, index) => {
    const count = groups[index]?.length ?? 0
    next += count
    return { channel, categories: ids.slice(next - count, next) }
  })
  return category === undefined ? all : all.filter(({ categories }) => categories.includes(category))
}
