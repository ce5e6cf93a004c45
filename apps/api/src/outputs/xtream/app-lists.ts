import type { AppNumbers, CatalogChannel, CatalogReader } from '@kptv/catalog'
import { type ChannelKind, channelKind } from '@kptv/playlist'
import type { Links } from '../../http/links.ts'
import { pagesOf } from '../../rendered/pages-of.ts'
import { categorised, groupsOf, PAGE_SIZE } from './listed-pages.ts'
import { seriesItem, showKey } from './series-items.ts'
import { liveItem, movieItem } from './stream-items.ts'

export type AppLists = {
  /** The groups of the channels of some kinds, in the order of the playlist. */
  categories(generation: number, kinds: readonly ChannelKind[]): AsyncGenerator<object>
  /** The channels of one kind; `category`: only those of one group. */
  streams(generation: number, kind: 'live' | 'movie', category: number | undefined): AsyncGenerator<object>
  /** Each series once, whether a panel lists it or only its episodes are known. */
  series(generation: number, category: number | undefined): AsyncGenerator<object>
}

/** What makes a series. */
export const OF_SERIES: readonly ChannelKind[] = ['episode', 'series']

/**
 * The lists of `player_api.php` page by page: memory does not grow with them, except by the names
 * of groups and series. Throw when Redis is away.
 */
export function createAppLists(
  catalog: Pick<CatalogReader, 'channelsInOrder'>,
  numbers: Pick<AppNumbers, 'numbersOf'>,
  links: Pick<Links, 'logo'>,
): AppLists {
  async function* ofKinds(generation: number, kinds: readonly ChannelKind[]): AsyncGenerator<CatalogChannel> {
    for await (const channel of catalog.channelsInOrder(generation, PAGE_SIZE)) {
      if (kinds.includes(channelKind(channel))) yield channel
    }
  }

  return {
    async *categories(generation, kinds) {
      const seen = new Set<string>()
      for await (const page of pagesOf(ofKinds(generation, kinds), PAGE_SIZE)) {
        const fresh = [...new Set(page.flatMap(groupsOf))].filter((group) => !seen.has(group))
        for (const group of fresh) seen.add(group)
        const ids = await numbers.numbersOf(fresh.map((group) => `group:${group}` as const))
        for (const [index, group] of fresh.entries())
          yield { category_id: String(ids[index]), category_name: group, parent_id: 0 }
      }
    },

    async *streams(generation, kind, category) {
      const itemOf = kind === 'live' ? liveItem : movieItem
      let before = 0
      for await (const page of pagesOf(ofKinds(generation, [kind]), PAGE_SIZE)) {
        const positions = new Map(page.map(({ id }, index) => [id, before + index + 1]))
        before += page.length
        const found = await categorised(page, { numbers, category })
        const ids = await numbers.numbersOf(found.map(({ channel }) => `channel:${channel.id}` as const))
        for (const [index, { channel, categories }] of found.entries()) {
          const facts = { links, position: positions.get(channel.id) ?? 0, id: ids[index] ?? 0, categories }
          yield itemOf(channel, facts)
        }
      }
    },

    async *series(generation, category) {
      const seen = new Set<string>()
      for await (const page of pagesOf(ofKinds(generation, OF_SERIES), PAGE_SIZE)) {
        const found = (await categorised(page, { numbers, category })).filter(({ channel }) => {
          const key = showKey(channel)
          return !seen.has(key) && seen.add(key)
        })
        const ids = await numbers.numbersOf(found.map(({ channel }) => `series:${showKey(channel)}` as const))
        const first = seen.size - found.length
        for (const [index, { channel, categories }] of found.entries())
          yield seriesItem(channel, { links, position: first + index + 1, id: ids[index] ?? 0, categories })
      }
    },
  }
}
