import type { CatalogChannel } from '@kptv/catalog'
import { channelKey, isVod, type PanelSeries, readEpisode } from '@kptv/playlist'
import { clockTime, type ItemFacts, imageOf } from './stream-items.ts'

/** The show that a channel is an episode of, or that it is. */
function showName(channel: CatalogChannel): string {
  return isVod(channel) ? readEpisode(channel.name).show : channel.name
}

/** Equal for all that belongs to one show. */
export function showKey(channel: CatalogChannel): string {
  return channelKey(showName(channel))
}

type Details = Omit<PanelSeries, 'episodes'>
const UNKNOWN: Details = { plot: '', cast: '', director: '', genre: '', releaseDate: '', rating: '' }

/** A series of `get_series`. */
export function seriesItem(channel: CatalogChannel, facts: ItemFacts, details: Details = UNKNOWN): object {
  const { links, position, id, categories } = facts
  return {
    num: position,
    name: showName(channel),
    series_id: id,
    cover: imageOf(channel, links),
    plot: details.plot,
    cast: details.cast,
    director: details.director,
    genre: details.genre,
    releaseDate: details.releaseDate,
    release_date: details.releaseDate,
    last_modified: '0',
    rating: details.rating,
    rating_5based: 0,
    backdrop_path: [],
    youtube_trailer: '',
    episode_run_time: '0',
    category_id: String(categories[0]),
    category_ids: categories,
  }
}

/** An episode with the number that apps play it by. */
export type ListedEpisode = {
  readonly number: number
  readonly season: number
  readonly episode: number
  readonly title: string
  readonly extension: string
  readonly plot: string
  readonly durationSeconds: number
}

/** The answer to `get_series_info`: always an object of seasons, also where panels send a list. */
export function seriesInfo(info: object, listed: readonly ListedEpisode[], cover: string): object {
  const sorted = listed.toSorted((one, other) => one.season - other.season || one.episode - other.episode)
  const seasons = Map.groupBy(sorted, ({ season }) => season)
  return {
    seasons: [...seasons].map(([season, episodes]) => ({
      id: season,
      season_number: season,
      name: `Season ${season}`,
      episode_count: episodes.length,
      air_date: '',
      overview: '',
      cover,
      cover_big: cover,
    })),
    info,
    episodes: Object.fromEntries([...seasons].map(([season, episodes]) => [season, episodes.map(episodeItem)])),
  }
}

function episodeItem({ number, season, episode, title, extension, plot, durationSeconds }: ListedEpisode): object {
  return {
    id: String(number),
    episode_num: episode,
    title,
    container_extension: extension,
    info: {
      plot,
      duration_secs: durationSeconds,
      duration: clockTime(durationSeconds),
      bitrate: 0,
      video: {},
      audio: {},
    },
    custom_sid: '',
    added: '0',
    season,
    direct_source: '',
  }
}
