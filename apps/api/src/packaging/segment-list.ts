import { type SegmentFacts, TICKS_PER_MS, TICKS_PER_SECOND, ticksBetween, wrapTicks } from '@kptv/mpegts'

/** One segment, as its leader describes it to all nodes. */
export type SegmentRecord = {
  readonly number: number
  /** Decode time of its first frame, and from there to that of the next segment. */
  readonly ticks: number
  readonly durationTicks: number
  readonly bytes: number
  /** CRC-32, by which a node knows the bytes of the segment. */
  readonly checksum: number
  /** When its first frame was on the air: Unix milliseconds. */
  readonly atMs: number
  /** Breaks in time or tracks, from the first segment ever up to this one. */
  readonly breaks: number
  readonly isIndependent: boolean
  readonly tracks: string
  /** Codecs and size: with others a header of MP4 does not fit. Undefined: not known. */
  readonly coding?: string | undefined
  /** Fragmented MP4 only. */
  readonly fmp4?: {
    /** Name of the header that a player needs first. */
    readonly init: string
    /** Its first decode time, in 90 kHz, as its media says; `ticks` restart each day. */
    readonly startTicks: number
  }
}

/** The last segments of a channel, oldest first. Never empty. */
export type SegmentList = {
  /** Longest duration of a segment, in whole seconds; fixed for the life of the list. */
  readonly targetSeconds: number
  readonly facts: SegmentFacts
  readonly segments: readonly SegmentRecord[]
  /** Unix milliseconds; undefined while the channel continues. */
  readonly endedAtMs?: number
  /** Fragmented MP4 only: headers by name, in base64. */
  readonly inits?: Readonly<Record<string, string>>
}

/** As the leader has cut it. */
export type CutSegment = Pick<
  SegmentRecord,
  'ticks' | 'durationTicks' | 'bytes' | 'checksum' | 'isIndependent' | 'tracks'
> & { readonly facts: SegmentFacts }

/** Apple asks for six at least; a player keeps its place three targets behind the newest. */
const OFFERED = 7
/**
 * A segment that has left the playlist stays for as long as a player may still work through an old
 * playlist (RFC 8216, 6.2.2).
 */
export const KEPT = 2 * OFFERED + 1

/** A gap of up to this much after a takeover is missing media, not another clock. */
const MAX_GAP_TICKS = 10 * TICKS_PER_SECOND
/** A channel without numbers starts with the seconds since then, which fit into 32 bits. */
const NUMBERS_SINCE_S = Date.UTC(2020, 0) / 1_000

/** Numbers grow by one a segment, which lasts seconds, so a later first number is always higher. */
export function firstNumber(nowS: number): number {
  return Math.floor(nowS) - NUMBERS_SINCE_S
}

export function endOf({ ticks, durationTicks }: Pick<SegmentRecord, 'ticks' | 'durationTicks'>): number {
  return wrapTicks(ticks + durationTicks)
}

/** @param otherwise of the first segment of a list */
export function addSegment(
  list: SegmentList | undefined,
  { facts, ...given }: CutSegment,
  otherwise: { readonly number: number; readonly targetSeconds: number; readonly atMs: number },
): SegmentList {
  const cut = { ...given, coding: codingOf(facts, given.isIndependent) }
  const last = list?.segments.at(-1)
  if (list === undefined || last === undefined) {
    return {
      targetSeconds: otherwise.targetSeconds,
      facts,
      segments: [{ ...cut, number: otherwise.number, atMs: otherwise.atMs, breaks: 0 }],
    }
  }
  const gap = ticksBetween(endOf(last), cut.ticks)
  const isContinued = gap >= 0 && gap <= MAX_GAP_TICKS
  const isBreak = !isContinued || cut.tracks !== last.tracks
  const next: SegmentRecord = {
    ...cut,
    number: last.number + 1,
    atMs: isContinued ? last.atMs + (last.durationTicks + gap) / TICKS_PER_MS : otherwise.atMs,
    breaks: last.breaks + (isBreak ? 1 : 0),
  }
  return { targetSeconds: list.targetSeconds, facts, segments: [...list.segments, next].slice(-KEPT) }
}

/** Without a key frame or its parameter sets, the media of a segment does not say it. */
function codingOf({ codecs, width, height }: SegmentFacts, isIndependent: boolean): string | undefined {
  const isSaid = isIndependent && (codecs ?? width) !== undefined
  return isSaid ? [codecs, width, height].join(' ') : undefined
}

/** Those that the playlist names. */
export function offeredSegments({ segments }: SegmentList): readonly SegmentRecord[] {
  return segments.slice(-OFFERED)
}

export function lastNumber(list: SegmentList | undefined): number {
  return list?.segments.at(-1)?.number ?? 0
}

/** Undefined for what no leader has written. Never throws. */
export function readSegmentList(text: string): SegmentList | undefined {
  try {
    const list = JSON.parse(text) as Partial<SegmentList>
    const { targetSeconds, facts, segments, endedAtMs = 0 } = list
    if (!isCount(targetSeconds) || typeof facts !== 'object' || facts === null || !Array.isArray(segments))
      return undefined
    const isValid = isCount(endedAtMs) && segments.length > 0 && segments.length <= KEPT && segments.every(isRecord)
    return isValid && areConsecutive(segments) && hasInits(list) ? (list as SegmentList) : undefined
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is SegmentRecord {
  if (typeof value !== 'object' || value === null) return false
  const { number, ticks, durationTicks, bytes, checksum, atMs, breaks, tracks } = value as Partial<SegmentRecord>
  const counts = [number, ticks, durationTicks, bytes, checksum, breaks]
  return counts.every(isCount) && typeof atMs === 'number' && Math.abs(atMs) < 8e15 && typeof tracks === 'string'
}

const INIT_NAME = /^[0-9a-f]{32}$/

/** Each header that a segment needs is there. */
function hasInits({ segments = [], inits = {} }: Partial<SegmentList>): boolean {
  return segments.every(({ fmp4 }) => {
    if (fmp4 === undefined) return true
    return INIT_NAME.test(fmp4.init) && typeof inits[fmp4.init] === 'string' && isCount(fmp4.startTicks)
  })
}

function areConsecutive(segments: readonly SegmentRecord[]): boolean {
  return segments.every(({ number }, index) => number === segments[0]!.number + index)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
