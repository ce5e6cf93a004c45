import { gunzipSync, gzipSync } from 'node:zlib'
import type { Programme, ReadProgramme } from '@kptv/guide'
import { parseJson } from '../record-format.ts'

/** Raised when older readers could misunderstand a pack. */
const VERSION = 1
/** Foreign bytes cannot fill the memory: our packs are some hundred KB at most. */
const MAX_PACK_BYTES = 32 * 1024 * 1024

type PackedProgramme = readonly [
  startMs: number,
  stopMs: number | null,
  body: string,
  againStartMs?: number | null,
  againStopMs?: number | null,
]

/** A programme that was read from a guide, with its channel of the catalogue. */
export type StagedProgramme = { readonly channelId: string; readonly programme: ReadProgramme }

/** As JSON text; packs are joined from such texts. */
export function encodeStaged({ channelId, programme }: StagedProgramme): string {
  const { startMs, stopMs = null, body, again } = programme
  if (again === undefined) return JSON.stringify([channelId, startMs, stopMs, body])
  return JSON.stringify([channelId, startMs, stopMs, body, again.startMs, again.stopMs ?? null])
}

/** Texts of `encodeStaged` as one value in Redis; `redis-cli … | gunzip` shows it. */
export function packStaged(texts: readonly string[]): Buffer {
  return gzipSync(`[${VERSION},[${texts.join(',')}]]`, { level: 1 })
}

/** The programmes of a pack; `undefined` if it is foreign. Never throws. */
export function unpackStaged(pack: Buffer): StagedProgramme[] | undefined {
  const rows = readRows(pack)
  if (!rows?.every(isStagedRow)) return undefined
  return rows.map(([channelId, ...packed]) => ({ channelId, programme: unpacked(packed) }))
}

/** All programmes of one channel, sorted, as one value in Redis. */
export function packProgrammes(programmes: readonly Programme[]): Buffer {
  const rows = programmes.map(({ startMs, stopMs, body }): PackedProgramme => [startMs, stopMs, body])
  return gzipSync(JSON.stringify([VERSION, rows]))
}

/** The programmes of one channel; empty if the value is missing or foreign. Never throws. */
export function unpackProgrammes(pack: Buffer | null | undefined): Programme[] {
  const rows = pack ? readRows(pack) : undefined
  if (!rows?.every(isRow)) return []
  return rows.map(unpacked).filter((programme): programme is Programme => programme.stopMs !== undefined)
}

function unpacked([startMs, stopMs, body, againStartMs, againStopMs]: PackedProgramme): ReadProgramme {
  const programme = { startMs, stopMs: stopMs ?? undefined, body }
  if (typeof againStartMs !== 'number') return programme
  return { ...programme, again: { startMs: againStartMs, stopMs: againStopMs ?? undefined } }
}

function readRows(pack: Buffer): unknown[] | undefined {
  try {
    const value = parseJson(gunzipSync(pack, { maxOutputLength: MAX_PACK_BYTES }).toString())
    return Array.isArray(value) && value[0] === VERSION && Array.isArray(value[1]) ? value[1] : undefined
  } catch {
    return undefined
  }
}

function isRow(row: unknown): row is PackedProgramme {
  return (
    Array.isArray(row) &&
    Number.isSafeInteger(row[0]) &&
    isTime(row[1]) &&
    typeof row[2] === 'string' &&
    isTime(row[3] ?? null) &&
    isTime(row[4] ?? null)
  )
}

function isTime(value: unknown): boolean {
  return value === null || Number.isSafeInteger(value)
}

function isStagedRow(row: unknown): row is readonly [string, ...PackedProgramme] {
  return Array.isArray(row) && typeof row[0] === 'string' && isRow(row.slice(1))
}
