import { streamArchive } from './archive/stream-archive.ts'
import type { Attributes } from './attributes.ts'
import { attributeValue, comparableKey, fillHoles } from './attributes.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import type { Channel, Entry, SourceId, Stream } from './model.ts'
import {
  comparableText,
  compareStreams,
  DEFAULT_SORT_ORDER,
  type SortOrder,
  type StreamRank,
  sortValue,
} from './sort-streams.ts'

/** The parts of an entry that make a channel and its stream. */
export type GroupedEntry = Pick<Entry, 'name' | 'url' | 'attributes' | 'headers' | 'program'>

type Grouper = {
  /**
   * Takes the entries of the sources in order: all of the first, then all of the second.
   *
   * @param channel Key of the channel: all entries with the same key are one channel.
   */
  add(channel: string, entry: GroupedEntry, sourceId: SourceId, streamId: string): void
  /** All channels so far in the order of their first entries, each with its streams, best first. */
  channels(): Channel[]
  /**
   * Entries that added no stream: the same URL again in its channel, or more streams than a channel
   * keeps.
   */
  readonly dropped: { readonly duplicates: number; readonly overLimit: number }
}

/**
 * Streams kept per channel: far more than real lists have, few enough that a list with a single
 * name stays harmless.
 */
const MAX_STREAMS_PER_CHANNEL = 256

/**
 * Entries of all sources → channels with candidate streams. A channel has name and attributes of
 * its first entry; later entries fill the gaps. Stream ids are unique in their channel: where one
 * id has several URLs, sorted by text, those after the first get the suffix `-2`, `-3` …, so the
 * order of the list changes no id.
 *
 * Groups are independent of each other: a catalogue of any size can be grouped in slices, if all
 * entries of a channel are in one slice.
 */
export function createGrouper({ order = DEFAULT_SORT_ORDER }: { readonly order?: SortOrder } = {}): Grouper {
  const groups = new Map<string, Group>()
  const sources = new Map<SourceId, number>()
  let position = 0
  let duplicates = 0
  let overLimit = 0

  return {
    add(channel, entry, sourceId, streamId) {
      if (!sources.has(sourceId)) sources.set(sourceId, sources.size)
      let group = groups.get(channel)
      if (!group) {
        group = { name: entry.name, attributes: entry.attributes, streams: [] }
        groups.set(channel, group)
      } else {
        group.attributes = fillHoles(group.attributes, sharedAttributes(group, entry), DEFAULT_LIMITS.attributes)
      }
      if (group.streams.some(({ stream }) => stream.sourceId === sourceId && isSameMedia(stream, entry))) {
        duplicates++
        return
      }
      if (group.streams.length >= MAX_STREAMS_PER_CHANNEL) {
        overLimit++
        return
      }
      const value = sortValue(entry, order.field)
      const before = group.streams.at(-1)
      const { url, headers, program } = entry
      const archive = streamArchive(entry.attributes, url)
      const stream: Stream = { id: streamId, sourceId, url, headers, program }
      group.streams.push({
        stream: archive === undefined ? stream : { ...stream, archive },
        source: sources.get(sourceId)!,
        value,
        // Mostly the same: streams of a channel are named alike.
        text: before?.value === value ? before?.text : comparableText(value),
        position: position++,
      })
    },

    channels() {
      return Array.from(groups, ([key, { name, attributes, streams }]): Channel => {
        const best = streams.toSorted((first, second) => compareStreams(first, second, order.direction))
        return { key, name, attributes, streams: withOwnIds(best.map(({ stream }) => stream)) }
      })
    },

    get dropped() {
      return { duplicates, overLimit }
    },
  }
}

type Group = {
  readonly name: string
  attributes: Entry['attributes']
  readonly streams: Array<StreamRank & { readonly stream: Stream; readonly value: string | undefined }>
}

/**
 * The attributes a later entry may add to a channel. Shift and correction of the guide stay with
 * their id: those of another guide would move these programmes by hours.
 */
function sharedAttributes(group: Group, { attributes }: GroupedEntry): Attributes {
  const bringsId = attributeValue(attributes, 'tvg-id') && !attributeValue(group.attributes, 'tvg-id')
  return bringsId ? attributes : attributes.filter(([key]) => !OF_THE_GUIDE.test(comparableKey(key)))
}

const OF_THE_GUIDE = /^(?:tvg-shift|catchup-correction)$/

function isSameMedia(stream: Stream, { url, program }: GroupedEntry): boolean {
  return stream.url === url && stream.program === program
}

/** Gives streams with the same id different suffixes by their URLs. */
function withOwnIds(streams: Stream[]): Stream[] {
  if (new Set(streams.map(({ id }) => id)).size === streams.length) return streams
  const taken = new Set<string>()
  const ids = new Map<Stream, string>()
  for (const stream of streams.toSorted(byIdAndUrl)) {
    let id = stream.id
    for (let count = 2; taken.has(id); count++) id = `${stream.id}-${count}`
    taken.add(id)
    ids.set(stream, id)
  }
  return streams.map((stream) => ({ ...stream, id: ids.get(stream)! }))
}

function byIdAndUrl(first: Stream, second: Stream): number {
  if (first.id !== second.id) return first.id < second.id ? -1 : 1
  return first.url < second.url ? -1 : 1
}
