import type { Attributes, Channel, Stream, StreamArchive } from '@kptv/playlist'

/**
 * A stream as in Redis: `url` and header values are sealed; the reader opens them with the secrets
 * of `sourceId`.
 */
export type CatalogStream = Stream

/** One record of a generation: a channel by its id. */
export type CatalogChannel = Omit<Channel, 'key'> & { readonly id: string }

/** Raised when older readers could misunderstand a record. */
const VERSION = 2
/** In the place of a program, before an archive. */
const NO_PROGRAM = 0

/**
 * A stream without its field names, which would be half of it; headers and program only where there
 * are any. Readers that do not know `program` leave the channel out: the wrong one would be worse.
 */
type Packed = readonly [
  id: string,
  sourceId: string,
  url: string,
  headers?: Attributes,
  program?: number,
  archive?: StreamArchive,
]

/** One channel as the JSON text that Redis holds: people can read it. */
export function encodeChannel({ name, attributes, streams }: CatalogChannel): string {
  return JSON.stringify({ v: VERSION, name, attributes, streams: streams.map(packed) })
}

/**
 * The channel in a record; undefined for anything else: invalid JSON, another version, wrong
 * shapes. Never throws, and takes over only the known fields, so that foreign content (`__proto__`)
 * has no effect.
 */
export function decodeChannel(id: string, text: string | null | undefined): CatalogChannel | undefined {
  const record = parseObject(text)
  if (record?.v !== VERSION || typeof record.name !== 'string') return undefined
  if (!isAttributes(record.attributes) || !Array.isArray(record.streams)) return undefined
  const streams: CatalogStream[] = []
  for (const stream of record.streams) {
    if (!isPacked(stream)) return undefined
    const [id, sourceId, url, headers = [], program = NO_PROGRAM, archive] = stream
    streams.push({
      id,
      sourceId,
      url,
      headers,
      ...(program === NO_PROGRAM ? {} : { program }),
      ...(archive === undefined ? {} : { archive }),
    })
  }
  return { id, name: record.name, attributes: record.attributes, streams }
}

/** Plain object in a JSON text; undefined for anything else. Never throws. */
export function parseObject(text: string | null | undefined): Record<string, unknown> | undefined {
  const value = parseJson(text)
  return isObject(value) ? value : undefined
}

/** Value of a JSON text; undefined when it is invalid. Never throws. */
export function parseJson(text: string | null | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}

export function isText(value: unknown): value is string {
  return typeof value === 'string'
}

export function isAttributes(value: unknown): value is Attributes {
  return (
    Array.isArray(value) &&
    value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === 'string'))
  )
}

export function isProgram(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) <= 0xffff
}

function packed({ id, sourceId, url, headers, program, archive }: CatalogStream): Packed {
  if (archive !== undefined) return [id, sourceId, url, headers, program ?? NO_PROGRAM, archive]
  if (program !== undefined) return [id, sourceId, url, headers, program]
  return headers.length === 0 ? [id, sourceId, url] : [id, sourceId, url, headers]
}

function isPacked(value: unknown): value is Packed {
  return (
    Array.isArray(value) &&
    value.slice(0, 3).every((part) => typeof part === 'string') &&
    (value.length === 3 || isAttributes(value[3])) &&
    (value.length <= 4 || isProgram(value[4]) || (value.length === 6 && value[4] === NO_PROGRAM)) &&
    (value.length <= 5 || (value.length === 6 && isArchive(value[5])))
  )
}

function isArchive(value: unknown): value is StreamArchive {
  return (
    isObject(value) &&
    ARCHIVE_KINDS.has(value.kind) &&
    Number.isInteger(value.days) &&
    (value.source === undefined || typeof value.source === 'string') &&
    (value.correctionMs === undefined || Number.isFinite(value.correctionMs))
  )
}

const ARCHIVE_KINDS: ReadonlySet<unknown> = new Set(['template', 'append', 'shift', 'flussonic', 'xtream'])

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
