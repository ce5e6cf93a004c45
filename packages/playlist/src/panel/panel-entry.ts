import type { Attributes } from '../attributes.ts'
import { cleanName, cutText } from '../clean-text.ts'
import { DEFAULT_LIMITS } from '../limits.ts'
import type { Entry, SkipReason } from '../model.ts'
import { hasVisibleText } from '../unnamed-entry.ts'
import { countOf, extensionOf, type PanelItem, panelItem, textOf } from './panel-fields.ts'

export type PanelEntryOptions = {
  readonly kind: 'live' | 'movie' | 'series'
  /** Names of categories by their id. */
  readonly categories: ReadonlyMap<string, string>
  /** Where the panel plays the stream with this number, or lists the episodes of this series. */
  readonly addressOf: (id: number, extension: string) => string
  /** Place of the item in the answer; the first is 1. */
  readonly place: number
}

/**
 * An item of `get_live_streams`, `get_vod_streams` or `get_series` as an entry; or why it is none.
 */
export function readPanelEntry(value: unknown, options: PanelEntryOptions): Entry | SkipReason {
  const { kind, addressOf, place } = options
  const item = panelItem(value)
  if (item === undefined) return 'garbage'
  const id = countOf(kind === 'series' ? item.series_id : item.stream_id)
  if (id === undefined) return 'entry-without-url'
  const name = cutText(cleanName(textOf(item.name)), DEFAULT_LIMITS.nameLength)
  return {
    name: hasVisibleText(name) ? name : `${UNNAMED[kind]} ${id}`,
    url: addressOf(id, kind === 'movie' ? extensionOf(item.container_extension) : 'ts'),
    attributes: attributesOf(item, name, options),
    headers: [],
    durationSeconds: -1,
    line: place,
  }
}

const UNNAMED = { live: 'Channel', movie: 'Movie', series: 'Series' } as const

/** A category of `get_live_categories` and its kin; undefined for anything else. */
export function readPanelCategory(value: unknown): readonly [id: string, name: string] | undefined {
  const item = panelItem(value)
  const [id, name] = [textOf(item?.category_id), textOf(item?.category_name)]
  // A semicolon separates several groups of one entry.
  return id === '' ? undefined : [id, name.replaceAll(';', ',')]
}

/** As a list that the panel exports has them, in the same order. */
function attributesOf(item: PanelItem, name: string, { kind, categories }: PanelEntryOptions): Attributes {
  const isLive = kind === 'live'
  const number = countOf(item.num)
  const days = isLive ? archiveDaysOf(item) : 0
  const attributes: Array<readonly [key: string, value: string]> = [
    ['tvg-id', isLive ? textOf(item.epg_channel_id) : ''],
    ['tvg-name', name],
    ['tvg-logo', logoOf(item)],
    ['tvg-chno', isLive && number ? String(number) : ''],
    ['tvg-type', isLive ? '' : kind],
    ['catchup', days > 0 ? 'xc' : ''],
    ['catchup-days', days > 0 ? String(days) : ''],
    ['group-title', groupsOf(item, categories)],
  ]
  return attributes
    .map(([key, value]) => [key, value.replaceAll('"', "'")] as const)
    .filter(([, value]) => value !== '' && value.length <= DEFAULT_LIMITS.attributeValueLength)
}

function groupsOf({ category_id: first, category_ids: others }: PanelItem, categories: ReadonlyMap<string, string>) {
  const ids = [first, ...(Array.isArray(others) ? others : [])].map(textOf)
  return [...new Set(ids.flatMap((id) => categories.get(id) || []))].join(';')
}

function logoOf({ stream_icon: icon, cover }: PanelItem): string {
  return [icon, cover].map(textOf).find((address) => /^https?:\/\/[^/]/i.test(address)) ?? ''
}

/** Panels that do not say how many days mean a few. */
function archiveDaysOf({ tv_archive: isKept, tv_archive_duration: days }: PanelItem): number {
  return isKept !== true && !countOf(isKept) ? 0 : countOf(days) || UNSTATED_DAYS
}

const UNSTATED_DAYS = 1
