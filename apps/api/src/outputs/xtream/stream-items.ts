import type { CatalogChannel } from '@kptv/catalog'
import { archivedDays, attributeValue, fileExtension, type PanelMovie } from '@kptv/playlist'
import type { Links } from '../../http/links.ts'
import { guideChannelId } from '../../rendered/guide-channel-id.ts'
import { logoId } from '../../rendered/logo-id.ts'

export type ItemFacts = {
  readonly links: Pick<Links, 'logo'>
  /** In its list; the first is 1. */
  readonly position: number
  readonly id: number
  readonly categories: readonly number[]
}

/** A channel of `get_live_streams`. Types as apps expect them: some compare, others parse. */
export function liveItem(channel: CatalogChannel, { links, position, id, categories }: ItemFacts): object {
  const number = Number(attributeValue(channel.attributes, 'tvg-chno'))
  const days = archivedDays(channel)
  return {
    num: Number.isInteger(number) && number > 0 ? number : position,
    name: channel.name,
    stream_type: 'live',
    stream_id: id,
    stream_icon: imageOf(channel, links),
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

/** A movie of `get_vod_streams`. */
export function movieItem(channel: CatalogChannel, { links, position, id, categories }: ItemFacts): object {
  return {
    num: position,
    name: channel.name,
    stream_type: 'movie',
    stream_id: id,
    stream_icon: imageOf(channel, links),
    rating: '',
    rating_5based: 0,
    added: '0',
    is_adult: 0,
    category_id: String(categories[0]),
    category_ids: categories,
    container_extension: fileExtension(channel.streams[0]?.url ?? ''),
    custom_sid: '',
    direct_source: '',
  }
}

/** The answer to `get_vod_info`. */
export function movieInfo(channel: CatalogChannel, facts: ItemFacts, details: Partial<PanelMovie>): object {
  const {
    plot = '',
    cast = '',
    director = '',
    genre = '',
    releaseDate = '',
    rating = '',
    durationSeconds = 0,
  } = details
  const image = imageOf(channel, facts.links)
  return {
    info: {
      name: channel.name,
      o_name: channel.name,
      tmdb_id: '',
      movie_image: image,
      cover_big: image,
      plot,
      description: plot,
      cast,
      actors: cast,
      director,
      genre,
      releasedate: releaseDate,
      rating,
      duration_secs: durationSeconds,
      duration: clockTime(durationSeconds),
      bitrate: 0,
      video: {},
      audio: {},
      backdrop_path: [],
      youtube_trailer: '',
    },
    movie_data: movieItem(channel, facts),
  }
}

/** `01:30:00` */
export function clockTime(seconds: number): string {
  const two = (part: number): string => String(Math.floor(part)).padStart(2, '0')
  return `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`
}

export function imageOf(channel: CatalogChannel, links: Pick<Links, 'logo'>): string {
  const logo = logoId(channel)
  return logo === undefined ? '' : links.logo(logo)
}
