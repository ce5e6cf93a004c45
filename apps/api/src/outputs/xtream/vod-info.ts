import type { AppNumbers, CatalogChannel, CatalogReader } from '@kptv/catalog'
import { attributeValue, channelKind, fileExtension, groupNames, readEpisode } from '@kptv/playlist'
import type { Links } from '../../http/links.ts'
import type { PanelDetails } from '../../providers/panel-details.ts'
import type { ViewSight } from '../../rendered/channel-view.ts'
import { categorised } from './listed-pages.ts'
import { episodeThing } from './panel-episode.ts'
import type { createSeriesIndex } from './series-index.ts'
import { type ListedEpisode, seriesInfo, seriesItem } from './series-items.ts'
import { imageOf, movieInfo } from './stream-items.ts'

export type VodInfoOptions = {
  readonly catalog: Pick<CatalogReader, 'currentGeneration' | 'channel'>
  readonly numbers: AppNumbers
  readonly panelDetails: PanelDetails
}

type Asking = {
  readonly links: Pick<Links, 'logo'>
  readonly sight: Pick<ViewSight, 'includes'> | undefined
  readonly signal: AbortSignal
}

const NOTHING = { info: [], movie_data: [] }
const NO_SERIES = { seasons: [], info: [], episodes: {} }

/** `get_vod_info` and `get_series_info`, by the numbers of the lists. Throw when Redis is away. */
export function createVodInfo(
  { catalog, numbers, panelDetails }: VodInfoOptions,
  index: ReturnType<typeof createSeriesIndex>,
) {
  const isSeen = (channel: CatalogChannel | undefined, sight: Asking['sight']): channel is CatalogChannel =>
    channel !== undefined && sight?.includes(channel) !== false

  async function episodesIn(channel: CatalogChannel): Promise<ListedEpisode[]> {
    const { season, episode, title } = readEpisode(channel.name)
    const [number = 0] = await numbers.numbersOf([`channel:${channel.id}`])
    const extension = fileExtension(channel.streams[0]?.url ?? '')
    return [{ number, season, episode, title: title || channel.name, extension, plot: '', durationSeconds: 0 }]
  }

  /** The first panel that knows it describes it. */
  async function detailsOf(movie: CatalogChannel) {
    for (const stream of movie.streams) {
      const details = await panelDetails.movie(stream)
      if (details !== undefined) return details
    }
    return undefined
  }

  /** The first panel that answers lists the episodes. */
  async function episodesOf(series: CatalogChannel) {
    for (const stream of series.streams) {
      const details = await panelDetails.series(stream)
      if (details === undefined) continue
      const { episodes } = details
      const ids = await numbers.numbersOf(episodes.map((episode) => episodeThing(series, stream.id, episode)))
      return { details, episodes: episodes.map((episode, at) => ({ ...episode, number: ids[at] ?? 0 })) }
    }
    return undefined
  }

  return {
    async movie(number: number, { links, sight }: Asking): Promise<object> {
      const thing = await numbers.thingOf(number)
      const channel = thing?.startsWith('channel:') ? await catalog.channel(thing.slice('channel:'.length)) : undefined
      if (!isSeen(channel, sight) || channelKind(channel) !== 'movie') return NOTHING
      const [found] = await categorised([channel], { numbers, category: undefined })
      const details = await detailsOf(channel)
      const genre = details?.genre || groupNames(attributeValue(channel.attributes, 'group-title') ?? '').join(', ')
      const facts = { links, position: 1, id: number, categories: found?.categories ?? [] }
      return movieInfo(channel, facts, { ...details, genre })
    },

    async series(number: number, { links, sight, signal }: Asking): Promise<object> {
      const [thing, generation] = await Promise.all([numbers.thingOf(number), catalog.currentGeneration()])
      if (generation === undefined || !thing?.startsWith('series:')) return NO_SERIES
      const ids = await index.channelsOf(thing.slice('series:'.length), generation, signal)
      const channels = (await Promise.all(ids.map((id) => catalog.channel(id)))).filter((one) => isSeen(one, sight))
      const [first] = channels
      if (first === undefined) return NO_SERIES
      const whole = channels.find((channel) => channelKind(channel) === 'series')
      const ofPanel = whole && (await episodesOf(whole))
      const ofLists = await Promise.all(channels.filter((one) => channelKind(one) === 'episode').map(episodesIn))
      const [found] = await categorised([whole ?? first], { numbers, category: undefined })
      const facts = { links, position: 1, id: number, categories: found?.categories ?? [] }
      const info = seriesItem(whole ?? first, facts, ofPanel?.details)
      return seriesInfo(info, [...(ofPanel?.episodes ?? []), ...ofLists.flat()], imageOf(whole ?? first, links))
    },
  }
}
