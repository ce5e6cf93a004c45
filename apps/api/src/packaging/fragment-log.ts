import { crc32 } from 'node:zlib'
import {
  type CutRule,
  countContinuing,
  type Fragment,
  findCut,
  readSegmentFacts,
  ticksBetween,
  tracksOf,
} from '@kptv/mpegts'
import { type CutSegment, endOf, type SegmentRecord } from './segment-list.ts'

/** A segment in parts, which are shared and never changed. */
export type SegmentBytes = readonly Buffer[]

/** The output of a channel that belongs to no segment yet, as far as this node knows. */
export class FragmentLog {
  readonly #maxBytes: number
  #fragments: Fragment[] = []
  #bytes = 0

  /** @param maxBytes the oldest fragments beyond them are dropped */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  push(fragment: Fragment): void {
    this.#fragments.push(fragment)
    this.#bytes += fragment.packets.length
    while (this.#bytes > this.#maxBytes) this.#drop(1)
  }

  clear(): void {
    this.#drop(this.#fragments.length)
  }

  /**
   * The next segment, if it is complete: of what follows the last one, or from the next join point
   * on.
   */
  cut(
    last: SegmentRecord | undefined,
    rule: CutRule,
  ): { readonly segment: CutSegment; readonly parts: SegmentBytes } | undefined {
    const start = this.#startAfter(last)
    if (start === -1) return undefined
    this.#drop(start)
    const cut = findCut(this.#fragments, rule)
    if (cut === undefined) return undefined
    const fragments = this.#fragments.slice(0, cut.fragments)
    this.#drop(cut.fragments)
    const parts = fragments.map(({ packets }) => packets)
    const first = fragments[0]!
    const { durationTicks } = cut
    const units = fragments.reduce((sum, fragment) => sum + fragment.units, 0)
    const segment = {
      ticks: first.ticks!,
      durationTicks,
      ...measure(parts),
      isIndependent: first.isJoinPoint,
      tracks: tracksOf(first.program),
      facts: readSegmentFacts(first, { units, durationTicks }),
    }
    return { segment, parts }
  }

  /**
   * What is there of the segment after this one, as far as it surely belongs to it: nothing if that
   * one begins without a key frame.
   */
  following(last: SegmentRecord): SegmentBytes {
    const start = this.#fragments.findIndex(({ ticks }) => ticks === endOf(last))
    if (this.#fragments[start]?.isJoinPoint !== true) return []
    const fragments = this.#fragments.slice(start)
    return fragments.slice(0, countContinuing(fragments, last.tracks)).map(({ packets }) => packets)
  }

  /**
   * The bytes of a segment that the leader has cut, if they are here; everything up to its end is
   * dropped.
   */
  take(record: SegmentRecord): SegmentBytes | undefined {
    const start = this.#fragments.findIndex(({ ticks }) => ticks === record.ticks)
    const parts: Buffer[] = []
    let bytes = 0
    for (let index = start; index !== -1 && index < this.#fragments.length && bytes < record.bytes; index++) {
      const { packets } = this.#fragments[index]!
      parts.push(packets)
      bytes += packets.length
    }
    this.#dropBefore(endOf(record))
    return isSegment(parts, record) ? parts : undefined
  }

  /** Where the media after a segment begins; -1 if it is not here. */
  #startAfter(last: SegmentRecord | undefined): number {
    if (last === undefined) return this.#fragments.findIndex(isStart)
    const end = endOf(last)
    const exact = this.#fragments.findIndex(({ ticks }) => ticks === end)
    if (exact !== -1) return exact
    const isLater = (fragment: Fragment): boolean => isStart(fragment) && ticksBetween(end, fragment.ticks!) > 0
    const later = this.#fragments.findIndex(isLater)
    // Another clock: nothing of it was in a segment.
    return later === -1 && !this.#isNear(end) ? this.#fragments.findIndex(isStart) : later
  }

  /** Some of the media is of the time around these ticks. */
  #isNear(ticks: number): boolean {
    return this.#fragments.some(
      (fragment) => fragment.ticks !== undefined && Math.abs(ticksBetween(ticks, fragment.ticks)) < NEAR_TICKS,
    )
  }

  #dropBefore(end: number): void {
    const next = this.#fragments.findIndex(({ ticks }) => ticks !== undefined && ticksBetween(end, ticks) >= 0)
    const isPast = next === -1 && this.#isNear(end)
    if (next > 0 && this.#isNear(end)) this.#drop(next)
    if (isPast) this.clear()
  }

  #drop(count: number): void {
    for (const { packets } of this.#fragments.splice(0, count)) this.#bytes -= packets.length
  }
}

/** Half a minute of 90 kHz. */
const NEAR_TICKS = 30 * 90_000

const isStart = ({ isJoinPoint, ticks }: Fragment): boolean => isJoinPoint && ticks !== undefined

/** Whether these are the bytes of the segment. */
export function isSegment(parts: SegmentBytes, record: Pick<SegmentRecord, 'bytes' | 'checksum'>): boolean {
  const { bytes, checksum } = record
  return parts.reduce((sum, { length }) => sum + length, 0) === bytes && measure(parts).checksum === checksum
}

export function measure(parts: SegmentBytes): Pick<SegmentRecord, 'bytes' | 'checksum'> {
  let bytes = 0
  let checksum = 0
  for (const part of parts) {
    bytes += part.length
    checksum = crc32(part, checksum)
  }
  return { bytes, checksum }
}
