import { attributeValue } from './attributes.ts'
import type { Entry } from './model.ts'

export type EntryKind = 'live' | 'movie' | 'series'

/**
 * Whether an entry is a channel, a film or an episode: by the word that panels put into the path,
 * by an attribute `tvg-type` or `type`, by the ending of a file. Of two episodes and a film only
 * the path tells which is which; an ending alone means a film, unless the name counts seasons.
 * Whatever shows no sign is live.
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
