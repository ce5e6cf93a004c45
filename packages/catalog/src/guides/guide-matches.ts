import { gunzipSync, gzipSync } from 'node:zlib'
import { parseJson } from '../record-format.ts'

/** How one channel of the catalogue found its channel in one guide. */
export type GuideMatch = {
  readonly channelId: string
  /** The channel's id in the guide. */
  readonly guideChannelId: string
  /** `map`, `tvg-id`, `tvg-id-without-case` or `name`. */
  readonly by: string
}

/** Foreign bytes cannot fill the memory: a bucket of 300,000 channels has some 100 kB. */
const MAX_PACK_BYTES = 32 * 1024 * 1024

type Row = readonly [channelId: string, guideChannelId: string, by: string]

/** As JSON text; packs are joined from such texts. */
export function encodeMatch({ channelId, guideChannelId, by }: GuideMatch): string {
  return JSON.stringify([channelId, guideChannelId, by] satisfies Row)
}

/** Texts of one bucket as one value in Redis; `redis-cli … | gunzip` shows it. */
export function packMatches(texts: Iterable<string>): Buffer {
  return gzipSync(`[${[...texts].join(',')}]`)
}

/** The matches of a bucket; empty if the value is missing or foreign. Never throws. */
export function unpackMatches(pack: Buffer | null): GuideMatch[] {
  const rows = pack === null ? undefined : readRows(pack)
  if (!Array.isArray(rows) || !rows.every(isRow)) return []
  return rows.map(([channelId, guideChannelId, by]) => ({ channelId, guideChannelId, by }))
}

function readRows(pack: Buffer): unknown {
  try {
    return parseJson(gunzipSync(pack, { maxOutputLength: MAX_PACK_BYTES }).toString())
  } catch {
    return undefined
  }
}

function isRow(row: unknown): row is Row {
  return Array.isArray(row) && row.length === 3 && row.every((part) => typeof part === 'string')
}
