import { attributeValue } from './attributes.ts'
import type { Attributes, Channel } from './model.ts'

/** `field` is the name of any attribute, or `name` for the display name. */
export type SortOrder = { field: string; direction: 'asc' | 'desc' }

export const DEFAULT_SORT_ORDER: SortOrder = { field: 'tvg-name', direction: 'asc' }

type Sortable = { name: string; attributes: Attributes }

/**
 * What is compared for one entry or channel, in a form that plain `<` puts in the order people expect: numbers by size,
 * case and accents ignored, the same on every machine. Undefined if there is no value; `tvg-name` falls back to the name.
 */
export function sortText({ name, attributes }: Sortable, field: string): string | undefined {
  if (field === 'name') return naturalText(name)
  const value = attributeValue(attributes, field)?.trim() || (field === 'tvg-name' ? name : '')
  if (value === '' || (NUMBER_FIELD.test(field) && isImpossibleNumber(value))) return undefined
  return naturalText(value)
}

/** Compares two results of sortText. What has no value comes last in both directions. */
function compareSortText(
  first: string | undefined,
  second: string | undefined,
  direction: SortOrder['direction'],
): number {
  if (first === second) return 0
  if (first === undefined) return 1
  if (second === undefined) return -1
  return first < second === (direction === 'asc') ? -1 : 1
}

/** Channels in the order of the list; ties by name, then by key, always ascending. The order is total if keys are unique. */
export function sortChannels(channels: readonly Channel[], order: SortOrder = DEFAULT_SORT_ORDER): Channel[] {
  return channels
    .map((channel) => ({ channel, text: sortText(channel, order.field), name: naturalText(channel.name) }))
    .sort(
      (first, second) =>
        compareSortText(first.text, second.text, order.direction) ||
        compareSortText(first.name, second.name, 'asc') ||
        compareSortText(first.channel.key, second.channel.key, 'asc'),
    )
    .map(({ channel }) => channel)
}

export type StreamRank = {
  /** Position of the stream's source among all sources. */
  source: number
  /** Of the entry that the stream comes from. */
  text: string | undefined
  /** Position of that entry among all entries. */
  position: number
}

/** Candidates of one channel, best first: order of sources, then the sort field, then the order of the list. */
export function compareStreams(first: StreamRank, second: StreamRank, direction: SortOrder['direction']): number {
  return (
    first.source - second.source ||
    compareSortText(first.text, second.text, direction) ||
    first.position - second.position
  )
}

const NUMBER_FIELD = /^(?:tvg-chno|channel-number|ch-number)$/i

/** 0, -1 and 1e309 are numbers, but of no channel; 5.1 is one, and `BS141` sorts as text. */
function isImpossibleNumber(value: string): boolean {
  return !Number.isNaN(Number(value)) && !/^0*[1-9]\d{0,8}(?:\.\d{1,4})?$/.test(value)
}

/** Digits get their count in front, so that comparing characters compares numbers. */
function naturalText(text: string): string {
  const folded = /^[\x20-\x7e]*$/.test(text) ? text : text.normalize('NFKD').replace(/\p{M}+/gu, '')
  return folded.toLowerCase().replace(/\d+/g, (digits) => {
    const significant = digits.replace(/^0+(?=\d)/, '')
    return `0${String.fromCharCode(0x30 + significant.length)}${significant}`
  })
}
