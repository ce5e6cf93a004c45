import { attributeValue } from './attributes.ts'
import type { Entry } from './model.ts'

export type EntryKind = 'live' | 'movie' | 'series'

/**
 * Whether an entry is live, a movie or part of a series: by the keyword that panels put into the
 * path, by an attribute `tvg-type` or `type`, or by the file extension. An extension alone means a
 * movie, unless the name has a season number. An entry without any of these is live.
 */
export function entryKind({ url, attributes, name }: Pick<Entry, 'url' | 'attributes' | 'name'>): EntryKind {
  const path = url.replace(/[?#].*$/s, '')
  const word = KIND_IN_PATH.exec(path)?.[1]?.toLowerCase()
  if (word !== undefined) return word === 'live' ? 'live' : kindOf(word)
  const type = attributeValue(attributes, 'tvg-type') || attributeValue(attributes, 'type')
  if (type && TYPE.test(type)) return kindOf(type)
  if (type && /^(?:live|channel|radio|tv)s?$/i.test(type)) return 'live'
  if (!FILE.test(path)) return 'live'
  return EPISODE.test(name) ? 'series' : 'movie'
}

const KIND_IN_PATH = /^[a-z]+:\/\/[^/]*\/(?:[^/]+\/)?(live|movie|series)\//i
const TYPE = /^(?:movie|vod|film|series?|tvshow|episode)s?$/i
const FILE = /\.(?:mkv|mp4|avi|mov|m4v|wmv|webm|mpe?g|flv)$/i
const EPISODE = /\bS\d{1,2}[\s.]*E\d{1,4}\b/i

function kindOf(word: string): EntryKind {
  return /^(?:series?|tvshow|episode)s?$/i.test(word) ? 'series' : 'movie'
}
