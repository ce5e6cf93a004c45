import { cleanName, cutText } from '../clean-text.ts'
import { DEFAULT_LIMITS } from '../limits.ts'
import type { Attributes, Entry, SkipReason } from '../model.ts'
import { hasVisibleText } from '../unnamed-entry.ts'
import { countOf, type PanelItem, panelItem, textOf } from './panel-fields.ts'

export type PanelEntryOptions = {
  readonly kind: 'live' | 'movie'
  /** Names of categories by their id. */
  readonly categories: ReadonlyMap<string, string>
  /** Where the panel plays the stream with this number. */
  readonly addressOf: (id: number, ending: string) => string
  /** Place of the item in the answer; the first is 1. */
  readonly place: number
}

/** An item of `get_live_streams` or `get_vod_streams` as an entry; or why it is none. */
export function readPanelEntry(value: unknown, options: PanelEntryOptions): Entry | SkipReason {
  const { kind, addressOf, place } = options
  const item = panelItem(value)
  if (item === undefined) return 'garbage'
  const id = countOf(item.stream_id)
  if (id === undefined) return 'entry-without-url'
  const isMovie = kind === 'movie'
  const name = cutText(cleanName(textOf(item.name)), DEFAULT_LIMITS.nameLength)
  return {
    name: hasVisibleText(name) ? name : `${isMovie ? 'Movie' : 'Channel'} ${id}`,
    url: addressOf(id, isMovie ? endingOf(item.container_extension) : 'ts'),
    attributes: attributesOf(item, name, options),
    headers: [],
    durationSeconds: -1,
    line: place,
  }
}

/** A category of `get_live_categories` and its kin; undefined for anything else. */
export function readPanelCategory(value: unknown): readonly [id: string, name: string] | undefined {
  const item = panelItem(value)
  const [id, name] = [textOf(item?.category_id), textOf(item?.category_name)]
  // A semicolon separates several groups of one entry.
  return id === '' ? undefined : [id, name.replaceAll(';', ',')]
}

/** As a list that the panel exports has them, in the same order. */
function attributesOf(item: PanelItem, name: string, { kind, categories }: PanelEntryOptions): Attributes {
  const isMovie = kind === 'movie'
  const number = countOf(item.num)
  const days = isMovie ? 0 : archiveDaysOf(item)
  const attributes: Array<readonly [key: string, value: string]> = [
    ['tvg-id', isMovie ? '' : textOf(item.epg_channel_id)],
    ['tvg-name', name],
    ['tvg-logo', logoOf(item)],
    ['tvg-chno', isMovie || !number ? '' : String(number)],
    ['tvg-type', isMovie ? 'movie' : ''],
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

function endingOf(written: unknown): string {
  const ending = textOf(written).replace(/^\./, '').toLowerCase()
  return /^[a-z0-9]{1,5}$/.test(ending) ? ending : 'mp4'
}
