import type { Attributes } from './attributes.ts'
import { attributeValue } from './attributes.ts'
import { isNumberField, POSSIBLE_NUMBER } from './channel-numbers.ts'

/** `field` is the name of any attribute, or `name` for the display name. */
export type SortOrder = { readonly field: string; readonly direction: 'asc' | 'desc' }

export const DEFAULT_SORT_ORDER: SortOrder = { field: 'tvg-name', direction: 'asc' }

type Sortable = { readonly name: string; readonly attributes: Attributes }

/**
 * Text that plain `<` sorts in natural order: numbers by size, case and accents ignored, the same
 * on every machine.
 */
export function comparableText(value: string | undefined): string | undefined {
  return value === undefined ? undefined : naturalText(value)
}

/**
 * The value to sort by, as written; undefined if there is none. `tvg-name` falls back to the name.
 */
export function sortValue({ name, attributes }: Sortable, field: string): string | undefined {
  if (field === 'name') return name
  const value = attributeValue(attributes, field)?.trim() || (field === 'tvg-name' ? name : '')
  return value === '' || (isNumberField(field) && isImpossibleNumber(value)) ? undefined : value
}

/**
 * Compares two results of {@link comparableText}. A missing value comes last in both directions.
 */
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

/**
 * Position of a channel in the list; small and plain, so that lists of any size can be sorted in
 * pieces. `text` is null where the field has no value, `name` is empty where it is the same as
 * `text`. `place` is only there where the operator gave one.
 */
export type SortKey = readonly [text: string | null, name: string, id: string, place?: number]

export function sortKey(channel: Sortable, id: string, { field }: SortOrder, place?: number): SortKey {
  const value = sortValue(channel, field)
  const text = value === undefined ? null : naturalText(value)
  const name = value === channel.name ? text : naturalText(channel.name)
  const key = [text, name === text ? '' : name!, id] as const
  return place === undefined ? key : [...key, place]
}

/**
 * Compares two channels. Those with a place come first, in both directions; ties are broken by
 * name, then by id, always ascending. The order is total if ids are unique.
 */
export function compareSortKeys(direction: SortOrder['direction']) {
  return (first: SortKey, second: SortKey): number =>
    placeOf(first) - placeOf(second) ||
    compareSortText(first[0] ?? undefined, second[0] ?? undefined, direction) ||
    compareSortText(nameOf(first), nameOf(second), 'asc') ||
    compareSortText(first[2], second[2], 'asc')
}

/** Far behind any place, and finite: places are subtracted. */
const NO_PLACE = Number.MAX_SAFE_INTEGER

function placeOf([, , , place = NO_PLACE]: SortKey): number {
  return place
}

function nameOf([text, name]: SortKey): string {
  return name === '' && text !== null ? text : name
}

export type StreamRank = {
  /** Position of the stream's source among all sources. */
  readonly source: number
  /** Of the entry that the stream comes from. */
  readonly text: string | undefined
  /** Position of that entry among all entries. */
  readonly position: number
}

/**
 * Candidates of one channel, best first: order of sources, then the sort field, then the order of
 * the list.
 */
export function compareStreams(first: StreamRank, second: StreamRank, direction: SortOrder['direction']): number {
  return (
    first.source - second.source ||
    compareSortText(first.text, second.text, direction) ||
    first.position - second.position
  )
}

/** 0, -1 and 1e309 are numbers, but of no channel; 5.1 is one, and `BS141` sorts as text. */
function isImpossibleNumber(value: string): boolean {
  return !Number.isNaN(Number(value)) && !POSSIBLE_NUMBER.test(value)
}

/** Digits are prefixed by their count, so that comparing characters compares numbers. */
function naturalText(text: string): string {
  const folded = /^[\x20-\x7e]*$/.test(text) ? text : text.normalize('NFKD').replace(/\p{M}+/gu, '')
  return folded.toLowerCase().replace(/\d+/g, (digits) => {
    const significant = digits.replace(/^0+(?=\d)/, '')
    return `0${String.fromCharCode(0x30 + significant.length)}${significant}`
  })
}
