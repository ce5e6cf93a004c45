import { parseJson } from './record-format.ts'

/**
 * How the last import of a source went, and what its good list is. Everything in it may be shown to people.
 *
 * Two more fields of the hash are read by scripts alone: `lastVersion`, the last version that was claimed, and `contentHash`, the SHA-256 of
 * the good list's packs and guides, by which an unchanged list is told.
 */
export type SourceState = {
  /** `waiting`: never imported, or forgotten by Redis. */
  state: 'waiting' | 'importing' | 'ok' | 'failed'
  /** Machine code of the failure. */
  reason?: string
  /** Entries read so far by the import that runs. */
  progress?: number
  /** Entries of the good list. */
  entries: number
  /** Items of the good list that were left out, by reason. */
  skipped: Readonly<Record<string, number>>
  /** The first of them; the first line is 1. */
  skippedFirst: ReadonlyArray<{ reason: string; line: number }>
  /** When the good list was fetched, or found unchanged; ISO 8601, UTC. */
  fetchedAt?: string
  goodVersion?: number
  etag?: string
  lastModified?: string
  /** Sealed. */
  epgUrls: readonly string[]
  /** How the good list was made, see `shapeOf` of `createSourceLists`. */
  shape?: string
}

/** Facts of a list that become the state when it is published. */
export type ListFacts = {
  entries: number
  skipped: Readonly<Record<string, number>>
  skippedFirst?: ReadonlyArray<{ reason: string; line: number }>
  fetchedAt: string
  etag?: string | undefined
  lastModified?: string | undefined
  epgUrls: readonly string[]
}

export function encodeFacts(facts: ListFacts & { shape: string }): string[] {
  const fields = {
    state: 'ok',
    reason: '',
    progress: '',
    entries: String(facts.entries),
    skipped: JSON.stringify(facts.skipped),
    skippedFirst: JSON.stringify(facts.skippedFirst ?? []),
    fetchedAt: facts.fetchedAt,
    etag: facts.etag ?? '',
    lastModified: facts.lastModified ?? '',
    epgUrls: JSON.stringify(facts.epgUrls),
    shape: facts.shape,
  }
  return Object.entries(fields).flat()
}

/** Never throws; fields that are not readable are as if they were not there. */
export function decodeState(hash: Record<string, string>): SourceState {
  const skipped = parseJson(hash.skipped)
  const skippedFirst = parseJson(hash.skippedFirst)
  const epgUrls = parseJson(hash.epgUrls)
  return {
    state: hash.state === 'importing' || hash.state === 'ok' || hash.state === 'failed' ? hash.state : 'waiting',
    entries: wholeNumber(hash.entries) ?? 0,
    skipped: isCounts(skipped) ? skipped : {},
    skippedFirst: Array.isArray(skippedFirst) ? skippedFirst.filter(isSkipped) : [],
    epgUrls: Array.isArray(epgUrls) ? epgUrls.filter((url) => typeof url === 'string') : [],
    ...present('reason', hash.reason || undefined),
    ...present('progress', wholeNumber(hash.progress)),
    ...present('fetchedAt', hash.fetchedAt || undefined),
    ...present('goodVersion', wholeNumber(hash.goodVersion)),
    ...present('etag', hash.etag || undefined),
    ...present('lastModified', hash.lastModified || undefined),
    ...present('shape', hash.shape || undefined),
  }
}

function present<Name extends string, Value>(name: Name, value: Value | undefined): { [Key in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { [Key in Name]?: Value }
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

function isCounts(value: unknown): value is Record<string, number> {
  return typeof value === 'object' && value !== null && Object.values(value).every((count) => typeof count === 'number')
}

function isSkipped(value: unknown): value is { reason: string; line: number } {
  const { reason, line } = (value ?? {}) as Record<string, unknown>
  return typeof reason === 'string' && typeof line === 'number'
}
