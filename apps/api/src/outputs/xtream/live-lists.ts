import type { AppNumbers, CatalogChannel, CatalogReader } from '@kptv/catalog'
import { archivedDays, attributeValue, groupParts } from '@kptv/playlist'
import type { Links } from '../../http/links.ts'
import { guideChannelId } from '../../rendered/guide-channel-id.ts'
import { logoId } from '../../rendered/logo-id.ts'

/** Channels read at once; other work of the process gets its turn between two pages. */
const PAGE_SIZE = 500
/** Every stream of Xtream has a category. */
const NO_GROUP = 'Other'

export type LiveLists = {
  /** The groups of the channels, in the order of the playlist. */
  categories(generation: number): AsyncGenerator<object>
  /** The channels; `category`: only those of one group. */
  streams(generation: number, category: number | undefined): AsyncGenerator<object>
}

/**
 * The lists of `player_api.php` page by page: memory does not grow with them. Throw when Redis is
 * away.
 */
export function createLiveLists(
  catalog: Pick<CatalogReader, 'channelsInOrder'>,
  numbers: AppNumbers,
  links: Pick<Links, 'logo'>,
): LiveLists {
  return {
    async *categories(generation) {
      const seen = new Set<string>()
      for await (const page of pagesOf(catalog.channelsInOrder(generation, PAGE_SIZE))) {
        const found = page.flatMap(groupsOf).filter((group) => !seen.has(group))
        const fresh = [...new Set(found)]
        for (const group of fresh) seen.add(group)
        const ids = await numbers.numbersOf(fresh.map((group) => `group:${group}` as const))
        for (const [index, group] of fresh.entries())
          yield { category_id: String(ids[index]), category_name: group, parent_id: 0 }
      }
    },

    async *streams(generation, category) {
      let position = 0
      for await (const page of pagesOf(catalog.channelsInOrder(generation, PAGE_SIZE))) {
        const groups = page.map(groupsOf)
        const [streamIds, groupIds] = await Promise.all([
          numbers.numbersOf(page.map(({ id }) => `channel:${id}` as const)),
          numbers.numbersOf(groups.flat().map((group) => `group:${group}` as const)),
        ])
        let next = 0
        for (const [index, channel] of page.entries()) {
          position += 1
          const count = groups[index]?.length ?? 0
          const categories = groupIds.slice(next, next + count)
          next += count
          if (category === undefined || categories.includes(category))
            yield liveStream(channel, { links, position, id: streamIds[index] ?? 0, categories })
        }
      }
    },
  }
}

type StreamFacts = {
  readonly links: Pick<Links, 'logo'>
  readonly position: number
  readonly id: number
  readonly categories: readonly number[]
}

/** Types as apps expect them: some compare, others parse. */
function liveStream(channel: CatalogChannel, { links, position, id, categories }: StreamFacts): object {
  const number = Number(attributeValue(channel.attributes, 'tvg-chno'))
  const logo = logoId(channel)
  const days = archivedDays(channel)
  return {
    num: Number.isInteger(number) && number > 0 ? number : position,
    name: channel.name,
    stream_type: 'live',
    stream_id: id,
    stream_icon: logo === undefined ? '' : links.logo(logo),
    epg_channel_id: guideChannelId(channel),
    added: '0',
    is_adult: 0,
    category_id: String(categories[0]),
    category_ids: categories,
    custom_sid: '',
    tv_archive: days > 0 ? 1 : 0,
    direct_source: '',
    tv_archive_duration: days,
    thumbnail: '',
  }
}

function groupsOf({ attributes }: CatalogChannel): readonly string[] {
  return groupParts(attributeValue(attributes, 'group-title') ?? '').map((group) => (group === '' ? NO_GROUP : group))
}

async function* pagesOf(channels: AsyncIterable<CatalogChannel>): AsyncGenerator<CatalogChannel[]> {
  let page: CatalogChannel[] = []
  for await (const channel of channels) {
    page.push(channel)
    if (page.length < PAGE_SIZE) continue
    yield page
    page = []
  }
  if (page.length > 0) yield page
}
