import type { GuideSize } from '@kptv/guide'
import type { Alarm } from '../alarm.ts'
import { parseObject } from '../record-format.ts'

/**
 * The outcome of the last read of a guide, and the contents of its good version. Everything in it
 * may be shown to people.
 */
export type GuideState = {
  /** `waiting`: never read, or forgotten by Redis. */
  readonly state: 'waiting' | 'reading' | 'ok' | 'failed'
  /** Version of the programmes being served. */
  readonly goodVersion?: number
  /** When the good version was fetched, or found unchanged; ISO 8601, UTC. */
  readonly fetchedAt?: string
  readonly etag?: string
  readonly lastModified?: string
  /**
   * Digest of the channels with which the good version was matched, and how its times were read; if
   * that changes, the guide must be read again.
   */
  readonly wanted?: string
  readonly facts?: GuideStateFacts
  /** Since the first failure after the last good read. */
  readonly alarm?: Alarm
}

/** The numbers that the guard compares, and that operators want to know. */
export type GuideStateFacts = GuideSize & {
  /** All programmes in the document. */
  readonly programmes: number
  /** Channels of the catalogue that found their guide here, by kind of match. */
  readonly matched: Readonly<Record<string, number>>
  /** Elements that were left out, by reason. */
  readonly skipped: Readonly<Record<string, number>>
}

export type ReadFacts = {
  readonly fetchedAt: string
  readonly etag?: string | undefined
  readonly lastModified?: string | undefined
  readonly wanted: string
  readonly facts: GuideStateFacts
}

/** Fields and values for the hash once this read is the good one. */
export function encodeRead({ fetchedAt, etag = '', lastModified = '', wanted, facts }: ReadFacts): string[] {
  const fields = { state: 'ok', alarm: '', fetchedAt, etag, lastModified, wanted, facts: JSON.stringify(facts) }
  return Object.entries(fields).flat()
}

/** Never throws; unreadable fields are treated as missing. */
export function decodeGuideState(hash: Readonly<Record<string, string>>): GuideState {
  const { state } = hash
  const goodVersion = Number(hash.goodVersion)
  const facts = parseObject(hash.facts)
  const { code, message, since } = parseObject(hash.alarm) ?? {}
  const hasAlarm = typeof code === 'string' && typeof message === 'string' && typeof since === 'string'
  return {
    state: state === 'reading' || state === 'ok' || state === 'failed' ? state : 'waiting',
    ...(Number.isSafeInteger(goodVersion) && goodVersion > 0 ? { goodVersion } : {}),
    ...(hash.fetchedAt ? { fetchedAt: hash.fetchedAt } : {}),
    ...(hash.etag ? { etag: hash.etag } : {}),
    ...(hash.lastModified ? { lastModified: hash.lastModified } : {}),
    ...(hash.wanted ? { wanted: hash.wanted } : {}),
    ...(isFacts(facts) ? { facts } : {}),
    ...(hasAlarm ? { alarm: { code, message, since } } : {}),
  }
}

function isFacts(value: Record<string, unknown> | undefined): value is GuideStateFacts & Record<string, unknown> {
  return (
    value !== undefined &&
    [value.programmes, value.matchedProgrammes, value.channels].every((count) => typeof count === 'number') &&
    [value.matched, value.skipped].every((counts) => typeof counts === 'object' && counts !== null) &&
    (value.lastStartMs === undefined || typeof value.lastStartMs === 'number')
  )
}
