/** Where a segment ends. */
import { TICKS_PER_SECOND, ticksBetween } from '../timestamps.ts'
import type { Fragment } from './fragment.ts'

export type CutRule = {
  /** A segment ends at the first join point at or after this. */
  readonly targetTicks: number
  /** No segment is longer, unless a single fragment is. */
  readonly maxTicks: number
}

type Cut = {
  /** The segment consists of so many fragments. */
  readonly fragments: number
  readonly durationTicks: number
  /** The time of the next fragment does not continue that of this segment. */
  readonly isBreak: boolean
}

/** A timestamp that is further away continues nothing. */
const MAX_STEP_TICKS = 5 * TICKS_PER_SECOND

/** Of a unit, unless its times say otherwise: a frame of 25 in a second. */
const UNIT_TICKS = TICKS_PER_SECOND / 25

type Timed = Pick<Fragment, 'ticks' | 'isJoinPoint' | 'program' | 'units'>

/**
 * The end of the segment that starts with the first fragment, which has a time. Cuts before a join
 * point if the next one would come too late; and anywhere, if there is none for that long. Another
 * set of tracks, or another clock, always begins a segment.
 *
 * @returns undefined while more fragments belong to it
 */
export function findCut(fragments: readonly Timed[], { targetTicks, maxTicks }: CutRule): Cut | undefined {
  const [first] = fragments
  if (first?.ticks === undefined) return undefined
  let elapsed = 0
  /** Of the last fragment: as long as the one before it, or as its units say. */
  let step = Math.max(1, first.units) * UNIT_TICKS
  let lastJoin = 0
  let gop = 0
  for (let index = 1; index < fragments.length; index++) {
    const { ticks, isJoinPoint, program } = fragments[index]!
    if (ticks === undefined) continue
    const distance = ticksBetween(first.ticks, ticks)
    const isBreak = distance <= elapsed || distance > elapsed + MAX_STEP_TICKS
    if (isBreak) return { fragments: index, durationTicks: elapsed + step, isBreak }
    step = distance - elapsed
    elapsed = distance
    if (isJoinPoint) {
      gop = elapsed - lastJoin
      lastJoin = elapsed
    }
    const isDue = elapsed >= targetTicks || elapsed + gop > maxTicks || tracksOf(program) !== tracksOf(first.program)
    if (isJoinPoint ? isDue : elapsed + step > maxTicks) return { fragments: index, durationTicks: elapsed, isBreak }
  }
  return undefined
}

/** So many fragments have these tracks, and follow each other in time. */
export function countContinuing(fragments: readonly Timed[], tracks: string): number {
  let last: number | undefined
  for (const [index, { ticks, program }] of fragments.entries()) {
    if (tracksOf(program) !== tracks) return index
    if (ticks === undefined) continue
    const step = last === undefined ? 1 : ticksBetween(last, ticks)
    if (step <= 0 || step > MAX_STEP_TICKS) return index
    last = ticks
  }
  return fragments.length
}

/** Names the tracks of a program: a change must be marked for players. */
export function tracksOf({ streams }: Timed['program']): string {
  return streams.map(({ pid, codec }) => `${pid}:${codec}`).join(',')
}
