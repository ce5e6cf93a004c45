import type { CatalogChannel } from '@kptv/catalog'
import { attributeValue, channelKey, channelKind, groupNames } from '@kptv/playlist'
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
  /** Only channels of these kinds; a series is all its episodes. */
  readonly kinds?: readonly ViewKind[]
  /** The links lead to HLS, in this format. */
  readonly hls?: SegmentFormat
  /** What the user may see, of all that is there. */
  readonly sight?: ViewSight
}

type ViewKind = (typeof VIEW_KINDS)[number]

const VIEW_KINDS = ['live', 'movie', 'series'] as const

/** A part of the channels that is the same for all users with an equal key. */
export type ViewSight = {
  readonly key: string
  readonly includes: (channel: CatalogChannel) => boolean
}

/** Equal for views that are the same text, on all nodes. */
export function keyOfView({ base, group, sourceId, text, kinds, hls, sight }: ChannelView): string {
  return JSON.stringify([
    base.replace(TOKEN_PLACE, '*'),
    group,
    sourceId,
    text,
    hls,
    ...(sight === undefined && kinds === undefined ? [] : [sight?.key]),
    ...(kinds === undefined ? [] : [kinds]),
  ])
}

/** The whole playlist, or all of it that a user may see, rather than a part that was asked for. */
export function isWhole({ group, sourceId, text, kinds }: ChannelView): boolean {
  return [group, sourceId, text, kinds].every((part) => part === undefined)
}

type Query = Readonly<Record<string, unknown>>

const MAX_TEXT = 200
/** Lists have groups with such names. */
const MAX_GROUP = 4_000

/**
 * The view that a query selects: `group`, `source` (id or name), `q`, `kinds`
 * (`live,movie,series`) and `output` (`hls`, or `m3u8` as Xtream calls it; then `format` and
 * `audio` too). Other parameters are ignored; players add some.
 *
 * @returns the code of an error if the query is not usable
 */
export function viewOf(
  base: string,
  query: Query,
  sources: ReadonlyArray<{ readonly id: string; readonly name: string }>,
  sight?: ViewSight,
): ChannelView | 'bad-request' | 'unknown-source' {
  const { group, source, q: text, kinds, output } = query
  if (![source, text, kinds, output].every((value) => isUsable(value)) || !isUsable(group, MAX_GROUP))
    return 'bad-request'
  const wanted = isGiven(kinds) ? kinds.toLowerCase().split(',') : VIEW_KINDS
  if (!wanted.every(isKind)) return 'bad-request'
  const named = isGiven(source) ? sources.find(({ id, name }) => id === source || name === source) : undefined
  if (isGiven(source) && named === undefined) return 'unknown-source'
  const hls = output === 'hls' || output === 'm3u8' ? requestedFormat(query) : 'none'
  if (hls === undefined) return 'bad-request'
  return {
    base,
    ...(isGiven(group) ? { group: channelKey(group) } : {}),
    ...(named === undefined ? {} : { sourceId: named.id }),
    ...(isGiven(text) ? { text: channelKey(text) } : {}),
    ...(isGiven(kinds) ? { kinds: VIEW_KINDS.filter((kind) => wanted.includes(kind)) } : {}),
    ...(hls === 'none' ? {} : { hls }),
    ...(sight === undefined ? {} : { sight }),
  }
}

/** Whether a channel belongs to the view; a whole series cannot be played, so it does to none. */
export function createViewFilter({
  group,
  sourceId,
  text,
  kinds,
  sight,
}: ChannelView): (channel: CatalogChannel) => boolean {
  return (channel) => {
    const { name, attributes, streams } = channel
    if (sight?.includes(channel) === false) return false
    const kind = channelKind(channel)
    if (kind === 'series' || kinds?.includes(kind === 'episode' ? 'series' : kind) === false) return false
    if (sourceId !== undefined && !streams.some((stream) => stream.sourceId === sourceId)) return false
    if (group === undefined && text === undefined) return true
    const title = attributeValue(attributes, 'group-title') ?? ''
    if (group !== undefined && !groupNames(title).some((part) => channelKey(part) === group)) return false
    return text === undefined || channelKey(title).includes(text) || channelKey(name).includes(text)
  }
}

function isKind(word: string): word is ViewKind {
  return VIEW_KINDS.some((kind) => kind === word)
}

/** A parameter that is given twice is an array. */
function isUsable(value: unknown, max = MAX_TEXT): boolean {
  return value === undefined || (typeof value === 'string' && value.length <= max)
}

function isGiven(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
