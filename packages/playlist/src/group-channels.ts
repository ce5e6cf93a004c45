import { fillHoles } from './attributes.ts'
import { channelKey } from './channel-key.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import type { Channel, Entry, SourceId, Stream } from './model.ts'
import {
  compareStreams,
  DEFAULT_SORT_ORDER,
  type SortOrder,
  type StreamRank,
  sortChannels,
  sortText,
} from './sort-streams.ts'

/** What of an entry makes a channel and its stream. */
export type GroupedEntry = Pick<Entry, 'name' | 'url' | 'attributes' | 'headers'>

export type Grouper = {
  /** Takes the entries of the sources in order: all of the first, then all of the second. */
  add(entry: GroupedEntry, sourceId: SourceId, streamId: string): void
  /** All channels so far, sorted, each with its streams, best first. */
  channels(): Channel[]
  /** Entries that added no stream: the same URL again in its channel, or more streams than a channel keeps. */
  readonly dropped: { readonly duplicates: number; readonly overLimit: number }
}

/** A channel keeps this many streams: far more than real lists have, few enough that a list of one name stays harmless. */
const MAX_STREAMS_PER_CHANNEL = 256

/**
 * Entries of all sources → channels with candidate streams. A channel has name and attributes of its first entry; what
 * that lacks is filled from later ones. Stream ids are unique in their channel: an id that comes with another URL again
 * gets `-2`, `-3` … behind it.
 */
export function createGrouper({ order = DEFAULT_SORT_ORDER }: { order?: SortOrder } = {}): Grouper {
  const groups = new Map<string, Group>()
  const sources = new Map<SourceId, number>()
  let position = 0
  let duplicates = 0
  let overLimit = 0

  return {
    add(entry, sourceId, streamId) {
      if (!sources.has(sourceId)) sources.set(sourceId, sources.size)
      const key = channelKey(entry.name)
      let group = groups.get(key)
      if (!group) {
        group = { name: entry.name, attributes: entry.attributes, streams: [] }
        groups.set(key, group)
      } else {
        group.attributes = fillHoles(group.attributes, entry.attributes, DEFAULT_LIMITS.attributes)
      }
      if (group.streams.some(({ stream }) => stream.sourceId === sourceId && stream.url === entry.url)) {
        duplicates++
        return
      }
      if (group.streams.length >= MAX_STREAMS_PER_CHANNEL) {
        overLimit++
        return
      }
      group.streams.push({
        stream: { id: freeId(group, streamId), sourceId, url: entry.url, headers: entry.headers },
        source: sources.get(sourceId)!,
        text: sortText(entry, order.field),
        position: position++,
      })
    },

    channels() {
      const channels = Array.from(groups, ([key, { name, attributes, streams }]): Channel => {
        const best = streams.toSorted((first, second) => compareStreams(first, second, order.direction))
        return { key, name, attributes, streams: best.map(({ stream }) => stream) }
      })
      return sortChannels(channels, order)
    },

    get dropped() {
      return { duplicates, overLimit }
    },
  }
}

type Group = {
  name: string
  attributes: Entry['attributes']
  streams: Array<StreamRank & { stream: Stream }>
}

function freeId(group: Group, wanted: string): string {
  let id = wanted
  for (let count = 2; group.streams.some(({ stream }) => stream.id === id); count++) id = `${wanted}-${count}`
  return id
}
