import { createHash } from 'node:crypto'
import { ticksBetween } from '@kptv/mpegts'
import type { Fmp4Format } from '../../http/segment-format.ts'
import { measure, type SegmentBytes } from '../fragment-log.ts'
import { KEPT, type SegmentList, type SegmentRecord } from '../segment-list.ts'
import { chooseTracks, codecsOf } from './ffmpeg-parameters.ts'
import type { MadeSegment } from './fmp4-output.ts'

/** Times of two runs of ffmpeg that are no further apart belong to one clock. */
const TOLERANCE_TICKS = 90_000

/**
 * The list with one more segment, which keeps the number, the times and the date that it has as
 * MPEG-TS. A break is added where that has one, and where the header, or the clock, is another.
 */
export function addMade(
  list: SegmentList | undefined,
  { source: segment, init, fragments }: MadeSegment,
  { source, format }: { readonly source: SegmentList; readonly format: Fmp4Format },
): { readonly list: SegmentList; readonly parts: SegmentBytes } {
  const parts = fragments.map(({ bytes }) => bytes)
  const last = list?.segments.at(-1)
  const name = createHash('sha256').update(init).digest('hex').slice(0, 32)
  const startTicks = fragments.find(({ ticks }) => ticks !== undefined)?.ticks ?? segment.ticks
  const fmp4 = { init: name, startTicks }
  const isBreak = last !== undefined && !isContinued(last, { ...segment, fmp4 }, source)
  const next: SegmentRecord = {
    ...segment,
    ...measure(parts),
    breaks: last === undefined ? segment.breaks : last.breaks + (isBreak ? 1 : 0),
    isIndependent: fragments[0]?.isSync === true,
    fmp4,
  }
  const before = last !== undefined && last.number + 1 === segment.number ? list!.segments : []
  const segments = [...before, next].slice(-KEPT)
  const known = { ...list?.inits, [name]: init.toString('base64') }
  const needed = new Set(segments.map((one) => one.fmp4?.init))
  const codecs = codecsOf(source.facts.codecs, chooseTracks(segment.tracks, format))
  return {
    parts,
    list: {
      targetSeconds: list?.targetSeconds ?? source.targetSeconds,
      facts: { ...source.facts, codecs },
      segments,
      inits: Object.fromEntries(Object.entries(known).filter(([one]) => needed.has(one))),
    },
  }
}

function isContinued(last: SegmentRecord, next: SegmentRecord, source: SegmentList): boolean {
  if (last.number + 1 !== next.number || last.fmp4?.init !== next.fmp4?.init) return false
  const lastAsSource = source.segments.find(({ number }) => number === last.number)
  if (lastAsSource !== undefined && lastAsSource.breaks !== next.breaks) return false
  const elapsed = next.fmp4!.startTicks - last.fmp4!.startTicks
  return Math.abs(elapsed - ticksBetween(last.ticks, next.ticks)) <= TOLERANCE_TICKS
}
