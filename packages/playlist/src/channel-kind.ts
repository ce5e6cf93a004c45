import { entryKind } from './entry-kind.ts'
import { isFileAddress } from './file-address.ts'
import type { Channel, Entry } from './model.ts'
import { isPanelSeries } from './panel/series-address.ts'

/**
 * How a channel is played and listed. `live`: shared by its viewers, whatever its list calls it.
 * `movie`, `episode`: VOD, one file. `series`: nothing to play itself; its panel lists its
 * episodes.
 */
export type ChannelKind = 'live' | 'movie' | 'episode' | 'series'

export function channelKind({ name, attributes, streams: [best] }: Pick<Channel, 'name' | 'attributes' | 'streams'>) {
  return kindOf({ name, attributes, url: best?.url ?? '' })
}

/** The kind of the channel that an entry belongs to. */
export function kindOf(entry: Pick<Entry, 'name' | 'attributes' | 'url'>): ChannelKind {
  if (isPanelSeries(entry.url)) return 'series'
  if (!isFileAddress(entry.url)) return 'live'
  return entryKind(entry) === 'series' ? 'episode' : 'movie'
}

/** Things of different kinds are different channels, also where they have one name. */
export function keyOfKind(kind: ChannelKind, key: string): string {
  return kind === 'live' || key === '' ? key : `${kind}\n${key}`
}
