import type { Attributes, GroupedEntry } from '@kptv/playlist'
import { isAttributes, parseJson } from './record-format.ts'

/** One entry of a source's list as Redis keeps it; `url` and header values are sealed. */
export type ListEntry = GroupedEntry & {
  /** `streamId(sourceId, streamIdentity(…))`; computed before sealing. */
  streamId: string
}

type Packed = readonly [name: string, streamId: string, url: string, attributes: Attributes, headers: Attributes]

/** Raised when older readers could misunderstand a pack. */
const VERSION = 1

/** Up to 200 entries as one element of the list in Redis: arrays, because field names would be a third of it. */
export function encodePack(entries: readonly ListEntry[]): string {
  const packed = entries.map(
    (entry): Packed => [entry.name, entry.streamId, entry.url, entry.attributes, entry.headers],
  )
  return JSON.stringify([VERSION, packed])
}

/** The entries of a pack, or undefined when it is none of ours. Never throws. */
export function decodePack(text: string): ListEntry[] | undefined {
  const value = parseJson(text)
  if (!Array.isArray(value) || value[0] !== VERSION || !Array.isArray(value[1])) return undefined
  if (!value[1].every(isPacked)) return undefined
  return value[1].map(([name, streamId, url, attributes, headers]) => ({ name, streamId, url, attributes, headers }))
}

function isPacked(value: unknown): value is Packed {
  return (
    Array.isArray(value) &&
    value.slice(0, 3).every((part) => typeof part === 'string') &&
    value.length === 5 &&
    isAttributes(value[3]) &&
    isAttributes(value[4])
  )
}
