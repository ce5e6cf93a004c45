import { gunzipSync, gzipSync } from 'node:zlib'
import type { Attributes, GroupedEntry } from '@kptv/playlist'
import { isAttributes, isProgram, parseJson } from './record-format.ts'

/** One entry of a source's list as Redis keeps it; `url` and header values are sealed. */
export type ListEntry = GroupedEntry & {
  /** The channel to which it belongs. */
  readonly channelId: string
  /** `streamId(sourceId, streamIdentity(…))`; computed before sealing. */
  readonly streamId: string
}

type Packed = readonly [
  channelId: string,
  streamId: string,
  name: string,
  url: string,
  attributes: Attributes,
  headers: Attributes,
  program?: number,
]

/** Raised when older readers could misunderstand a pack. */
const VERSION = 2
/**
 * The fastest level, with little memory: packs are short, written once and read once or twice. They
 * shrink to a fifth.
 */
const COMPRESSION = { level: 1, memLevel: 6, windowBits: 14 }

/** One entry as text: an array, because field names would be a third of it. */
export function encodeEntry({ channelId, streamId, name, url, attributes, headers, program }: ListEntry): string {
  const always = [channelId, streamId, name, url, attributes, headers] as const
  return JSON.stringify((program === undefined ? always : [...always, program]) satisfies Packed)
}

/** The start of a pack, before its comma-separated entries. */
export const PACK_START = `[${VERSION},[`
export const PACK_END = ']]'

/** The text of a pack as one value in Redis; `redis-cli … | gunzip` shows it. */
export function compressPack(text: Uint8Array): Buffer {
  return gzipSync(text, COMPRESSION)
}

/** The entries of a pack; undefined when it is foreign. Never throws. */
export function decodePack(pack: Buffer): ListEntry[] | undefined {
  const value = parseJson(inflated(pack))
  if (!Array.isArray(value) || value[0] !== VERSION || !Array.isArray(value[1])) return undefined
  if (!value[1].every(isPacked)) return undefined
  return value[1].map(([channelId, streamId, name, url, attributes, headers, program]) => ({
    channelId,
    streamId,
    name,
    url,
    attributes,
    headers,
    ...(program === undefined ? {} : { program }),
  }))
}

/** Foreign bytes cannot fill the memory: our packs are some hundred KB at most. */
const MAX_PACK_BYTES = 32 * 1024 * 1024

function inflated(pack: Buffer): string | undefined {
  try {
    return gunzipSync(pack, { maxOutputLength: MAX_PACK_BYTES }).toString()
  } catch {
    return undefined
  }
}

function isPacked(value: unknown): value is Packed {
  return (
    Array.isArray(value) &&
    (value.length === 6 || (value.length === 7 && isProgram(value[6]))) &&
    value.slice(0, 4).every((part) => typeof part === 'string') &&
    isAttributes(value[4]) &&
    isAttributes(value[5])
  )
}
