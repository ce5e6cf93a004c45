import { attributeValue } from './attributes.ts'
import { isEpisodeName } from './episode-name.ts'
import type { Entry } from './model.ts'
import { isPanelSeries } from './panel/series-address.ts'

export type EntryKind = 'live' | 'movie' | 'series'

/**
 * Whether an entry is live, a movie or part of a series: by the keyword that panels put into the
 * path, by an attribute `tvg-type` or `type`, or by the file extension. An extension alone means a
 * movie, unless the name has a season number or the group is one of series. An entry without any of
 * these is live.
 */
export function entryKind({ url, attributes, name }: Pick<Entry, 'url' | 'attributes' | 'name'>): EntryKind {
  if (isPanelSeries(url)) return 'series'
  const path = url.replace(/[?#].*$/s, '')
  const word = KIND_IN_PATH.exec(path)?.[1]?.toLowerCase()
  if (word !== undefined) return word === 'live' ? 'live' : kindOf(word)
  const type = attributeValue(attributes, 'tvg-type') || attributeValue(attributes, 'type')
  if (type && TYPE.test(type)) return kindOf(type)
  if (type && /^(?:live|channel|radio|tv)s?$/i.test(type)) return 'live'
  if (!FILE.test(path)) return 'live'
  return isEpisodeName(name) || OF_SERIES.test(attributeValue(attributes, 'group-title') ?? '') ? 'series' : 'movie'
}

const KIND_IN_PATH = /^[a-z]+:\/\/[^/]*\/(?:[^/]+\/)?(live|movie|series)\//i
const TYPE = /^(?:movie|vod|film|series?|tvshow|episode)s?$/i
const FILE = /\.(?:mkv|mp4|avi|mov|m4v|wmv|webm|mpe?g|flv)$/i
const OF_SERIES = /\b(?:(?:tv|web)?[ -]?series|serien|tv[ -]?shows?|staffel|episodes?)\b/i

function kindOf(word: string): EntryKind {
  return /^(?:series?|tvshow|episode)s?$/i.test(word) ? 'series' : 'movie'
}
