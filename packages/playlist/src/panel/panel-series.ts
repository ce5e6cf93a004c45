import { cleanName, cutText } from '../clean-text.ts'
import { DEFAULT_LIMITS } from '../limits.ts'
import { countOf, describedText, extensionOf, type PanelItem, panelItem, textOf } from './panel-fields.ts'

/** What a panel knows about a series. */
export type PanelSeries = {
  readonly plot: string
  readonly cast: string
  readonly director: string
  readonly genre: string
  readonly releaseDate: string
  readonly rating: string
  readonly episodes: readonly PanelEpisode[]
}

export type PanelEpisode = {
  /** The panel's own number. */
  readonly id: number
  readonly season: number
  readonly episode: number
  readonly title: string
  readonly extension: string
  readonly plot: string
  readonly durationSeconds: number
}

const MAX_EPISODES = 10_000

/**
 * The answer to `get_series_info`; undefined when it is something else. Panels send the seasons as
 * an object by number, or as a list.
 */
export function readPanelSeries(answer: unknown): PanelSeries | undefined {
  const body = panelItem(answer)
  if (body === undefined || !('episodes' in body || 'info' in body)) return undefined
  const info = panelItem(body.info) ?? {}
  const episodes = seasonsOf(body.episodes).flatMap(({ season, items }) =>
    items.flatMap((item, index) => episodeOf(item, { season, place: index + 1 }) ?? []),
  )
  return {
    plot: describedText(info.plot),
    cast: describedText(info.cast),
    director: describedText(info.director),
    genre: describedText(info.genre),
    releaseDate: describedText(info.releaseDate ?? info.release_date),
    rating: describedText(info.rating),
    episodes: episodes.slice(0, MAX_EPISODES),
  }
}

type Season = { readonly season: number | undefined; readonly items: readonly unknown[] }

function seasonsOf(value: unknown): readonly Season[] {
  if (Array.isArray(value)) {
    // A list of seasons, or of all episodes at once.
    const lists = value.some(Array.isArray) ? value : [value]
    return lists.map((items) => ({ season: undefined, items: Array.isArray(items) ? items : [] }))
  }
  return Object.entries(panelItem(value) ?? {}).map(([season, items]) => ({
    season: countOf(season),
    items: Array.isArray(items) ? items : Object.values(panelItem(items) ?? {}),
  }))
}

function episodeOf(
  value: unknown,
  { season, place }: { readonly season: number | undefined; readonly place: number },
): PanelEpisode | undefined {
  const item = panelItem(value)
  const id = countOf(item?.id)
  if (item === undefined || id === undefined) return undefined
  const info: PanelItem = panelItem(item.info) ?? {}
  return {
    id,
    season: countOf(item.season) ?? season ?? 1,
    episode: countOf(item.episode_num) ?? place,
    title: cutText(cleanName(textOf(item.title)), DEFAULT_LIMITS.nameLength),
    extension: extensionOf(item.container_extension),
    plot: describedText(info.plot ?? info.overview),
    durationSeconds: countOf(info.duration_secs) ?? 0,
  }
}
