import type { Alarm } from './alarm.ts'
import { isText, parseJson, parseObject } from './record-format.ts'
import { decodeAccounts, type SourceAccount } from './source-accounts.ts'

/**
 * The outcome of the last import of a source, and the facts of its good list. Everything in it may
 * be shown to people.
 *
 * Two more fields of the hash are read by scripts alone: `lastVersion`, the last version that was
 * claimed, and `contentHash`, the SHA-256 of the good list's packs and guides, which identifies an
 * unchanged list.
 */
export type SourceState = {
  /** `waiting`: never imported, or forgotten by Redis. */
  readonly state: 'waiting' | 'importing' | 'ok' | 'failed'
  /** Machine code of the failure. */
  readonly reason?: string
  /** Entries read so far by the running import. */
  readonly progress?: number
  /** Entries of the good list. */
  readonly entries: number
  /** Entries of it that the filters of the source left out, on top of those. */
  readonly filtered: number
  /** Items left out of the list that was read last, even if it was refused, by reason. */
  readonly skipped: Readonly<Record<string, number>>
  /** The first of them; the first line is 1. */
  readonly skippedFirst: ReadonlyArray<{ readonly reason: string; readonly line: number }>
  /** Its largest groups, with their entries before any filter. */
  readonly groups: ReadonlyArray<readonly [group: string, entries: number]>
  /** Its last line was cut off. */
  readonly torn: boolean
  /** When the good list was fetched, or found unchanged; ISO 8601, UTC. */
  readonly fetchedAt?: string
  readonly goodVersion?: number
  readonly etag?: string
  readonly lastModified?: string
  /** Sealed. */
  readonly epgUrls: readonly string[]
  /** How the good list was made, see `shapeOf` of `createSourceLists`. */
  readonly shape?: string
  /** Since the first failure after the last good import. */
  readonly alarm?: Alarm
  /** What the provider says about the logins; empty for sources that do not say. */
  readonly accounts: readonly SourceAccount[]
  /** A list that is kept aside until a person accepts it, or a good one comes. */
  readonly quarantine?: QuarantineFacts
}

type QuarantineFacts = {
  readonly version: number
  readonly reason: string
  readonly message: string
  readonly entries: number
  readonly fetchedAt: string
}

/** Facts of a list that become the state when it is published. */
export type ListFacts = Pick<SourceState, 'entries' | 'skipped' | 'epgUrls'> &
  Partial<Pick<SourceState, 'skippedFirst' | 'filtered' | 'groups' | 'torn'>> & {
    readonly fetchedAt: string
    readonly etag?: string | undefined
    readonly lastModified?: string | undefined
  }

/** Unusable items of a list. */
export type SkippedItems = {
  readonly byReason: Readonly<Record<string, number>>
  readonly first: SourceState['skippedFirst']
}

export function encodeSkipped({ byReason, first }: SkippedItems) {
  return { skipped: JSON.stringify(byReason), skippedFirst: JSON.stringify(first) }
}

/** Fields of a source whose last import succeeded: nothing is wrong, nothing is kept aside. */
export const SETTLED = { state: 'ok', reason: '', progress: '', alarm: '', quarantine: '' }

export function encodeFacts(facts: ListFacts & { readonly shape: string }): string[] {
  const fields = {
    ...SETTLED,
    entries: String(facts.entries),
    filtered: String(facts.filtered ?? 0),
    ...encodeSkipped({ byReason: facts.skipped, first: facts.skippedFirst ?? [] }),
    groups: JSON.stringify(facts.groups ?? []),
    torn: facts.torn === true ? 'yes' : '',
    fetchedAt: facts.fetchedAt,
    etag: facts.etag ?? '',
    lastModified: facts.lastModified ?? '',
    epgUrls: JSON.stringify(facts.epgUrls),
    shape: facts.shape,
  }
  return Object.entries(fields).flat()
}

/** Never throws; unreadable fields are treated as missing. */
export function decodeState(hash: Record<string, string>): SourceState {
  const skipped = parseJson(hash.skipped)
  const skippedFirst = parseJson(hash.skippedFirst)
  const epgUrls = parseJson(hash.epgUrls)
  const groups = parseJson(hash.groups)
  return {
    state: hash.state === 'importing' || hash.state === 'ok' || hash.state === 'failed' ? hash.state : 'waiting',
    entries: wholeNumber(hash.entries) ?? 0,
    filtered: wholeNumber(hash.filtered) ?? 0,
    skipped: isCounts(skipped) ? skipped : {},
    skippedFirst: Array.isArray(skippedFirst) ? skippedFirst.filter(isSkipped) : [],
    groups: Array.isArray(groups) ? groups.filter(isGroup) : [],
    torn: hash.torn === 'yes',
    epgUrls: Array.isArray(epgUrls) ? epgUrls.filter((url) => typeof url === 'string') : [],
    accounts: decodeAccounts(hash.accounts),
    ...present('reason', hash.reason || undefined),
    ...present('progress', wholeNumber(hash.progress)),
    ...present('fetchedAt', hash.fetchedAt || undefined),
    ...present('goodVersion', wholeNumber(hash.goodVersion)),
    ...present('etag', hash.etag || undefined),
    ...present('lastModified', hash.lastModified || undefined),
    ...present('shape', hash.shape || undefined),
    ...present('alarm', decodeAlarm(hash.alarm)),
    ...present('quarantine', decodeQuarantine(hash.quarantine)),
  }
}

function decodeAlarm(text: string | undefined): Alarm | undefined {
  const { code, message, since } = parseObject(text) ?? {}
  return isText(code) && isText(message) && isText(since) ? { code, message, since } : undefined
}

function decodeQuarantine(text: string | undefined): QuarantineFacts | undefined {
  const { version, reason, message, entries, fetchedAt } = parseObject(text) ?? {}
  if (typeof version !== 'number' || typeof entries !== 'number') return undefined
  return isText(reason) && isText(message) && isText(fetchedAt)
    ? { version, reason, message, entries, fetchedAt }
    : undefined
}

function present<Name extends string, Value>(name: Name, value: Value | undefined): { [Key in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { [Key in Name]?: Value }
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

function isGroup(value: unknown): value is readonly [string, number] {
  return Array.isArray(value) && value.length === 2 && isText(value[0]) && typeof value[1] === 'number'
}

function isCounts(value: unknown): value is Record<string, number> {
  return typeof value === 'object' && value !== null && Object.values(value).every((count) => typeof count === 'number')
}

function isSkipped(value: unknown): value is { readonly reason: string; readonly line: number } {
  const { reason, line } = (value ?? {}) as Record<string, unknown>
  return typeof reason === 'string' && typeof line === 'number'
}
