import type { CatalogChannel } from '@kptv/catalog'
import { attributeValue, channelKey, groupNames } from '@kptv/playlist'
import { TOKEN_PLACE } from '../http/links.ts'
import { requestedFormat, type SegmentFormat } from '../http/segment-format.ts'

/**
 * The channels that a playlist or guide is requested for. Equal views give the same text, which is
 * rendered once.
 */
export type ChannelView = {
  /** The prefix of links. */
  readonly base: string
  /** Normalised name of the only group to show. */
  readonly group?: string
  /** Id of the source that must have a stream of the channel. */
  readonly sourceId?: string
  /** Normalised text that name or group must contain. */
  readonly text?: string
  /** The links lead to HLS, in this format. */
  readonly hls?: SegmentFormat
  /** What the user may see, of all that is there. */
  readonly sight?: ViewSight
}

/** A part of the channels that is the same for all users with an equal key. */
export type ViewSight = {
  readonly key: string
  readonly includes: (channel: CatalogChannel) => boolean
}

/** Equal for views that are the same text, on all nodes. */
export function keyOfView({ base, group, sourceId, text, hls, sight }: ChannelView): string {
  return JSON.stringify([
    base.replace(TOKEN_PLACE, '*'),
    group,
    sourceId,
    text,
    hls,
    ...(sight === undefined ? [] : [sight.key]),
  ])
}

/** The whole playlist, or all of it that a user may see, rather than a part that was asked for. */
export function isWhole({ group, sourceId, text }: ChannelView): boolean {
  return group === undefined && sourceId === undefined && text === undefined
}

type Query = Readonly<Record<string, unknown>>

const MAX_TEXT = 200

/**
 * The view that a query selects: `group`, `source` (id or name), `q` and `output` (`hls`, or
 * `m3u8` as Xtream calls it; then `format` and `audio` too). Other parameters are ignored; players
 * add some.
 *
 * @returns the code of an error if the query is not usable
 */
export function viewOf(
  base: string,
  query: Query,
  sources: ReadonlyArray<{ readonly id: string; readonly name: string }>,
  sight?: ViewSight,
): ChannelView | 'bad-request' | 'unknown-source' {
  const { group, source, q: text, output } = query
  if (![group, source, text, output].every(isUsable)) return 'bad-request'
  const named = isGiven(source) ? sources.find(({ id, name }) => id === source || name === source) : undefined
  if (isGiven(source) && named === undefined) return 'unknown-source'
  const hls = output === 'hls' || output === 'm3u8' ? requestedFormat(query) : 'none'
  if (hls === undefined) return 'bad-request'
  return {
    base,
    ...(isGiven(group) ? { group: channelKey(group) } : {}),
    ...(named === undefined ? {} : { sourceId: named.id }),
    ...(isGiven(text) ? { text: channelKey(text) } : {}),
    ...(hls === 'none' ? {} : { hls }),
    ...(sight === undefined ? {} : { sight }),
  }
}

/** Whether a channel belongs to the view. */
export function createViewFilter({ group, sourceId, text, sight }: ChannelView): (channel: CatalogChannel) => boolean {
  return (channel) => {
    const { name, attributes, streams } = channel
    if (sight?.includes(channel) === false) return false
    if (sourceId !== undefined && !streams.some((stream) => stream.sourceId === sourceId)) return false
    if (group === undefined && text === undefined) return true
    const title = attributeValue(attributes, 'group-title') ?? ''
    if (group !== undefined && !groupNames(title).some((part) => channelKey(part) === group)) return false
    return text === undefined || channelKey(title).includes(text) || channelKey(name).includes(text)
  }
}

/** A parameter that is given twice is an array. */
function isUsable(value: unknown): boolean {
  return value === undefined || (typeof value === 'string' && value.length <= MAX_TEXT)
}

function isGiven(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
