import type { LiveChannel, LiveState } from '@kptv/contract'

export const SORTS = ['viewers', 'name', 'rate', 'since'] as const

export type Sort = (typeof SORTS)[number]

type Row = readonly [id: string, channel: LiveChannel]

const byName = ([, one]: Row, [, other]: Row): number => one.name.localeCompare(other.name)

/** Names decide where the rest is equal, so that rows do not jump. */
const ORDERS: Readonly<Record<Sort, (one: Row, other: Row) => number>> = {
  viewers: (one, other) => other[1].viewers - one[1].viewers || byName(one, other),
  name: byName,
  rate: (one, other) => other[1].bitsPerSecond - one[1].bitsPerSecond || byName(one, other),
  since: (one, other) => other[1].since - one[1].since || byName(one, other),
}

/** The rows of channels in play: those whose name, source or node has the text. */
export function arrangeRows(
  { channels, sources }: Pick<LiveState, 'channels' | 'sources'>,
  { text, sort }: { readonly text: string; readonly sort: Sort },
): readonly Row[] {
  const wanted = text.trim().toLowerCase()
  const isWanted = ([, { name, source, nodes }]: Row): boolean => {
    const texts = [name, sources[source ?? '']?.name ?? '', ...nodes.map(({ node }) => node)]
    return texts.some((one) => one.toLowerCase().includes(wanted))
  }
  return Object.entries(channels).filter(isWanted).toSorted(ORDERS[sort])
}
