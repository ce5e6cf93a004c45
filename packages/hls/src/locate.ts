import type { MediaPlaylist } from './model.ts'
import { nameOf } from './segment-name.ts'

/** A segment that was sent. */
export type Sent = { readonly sequence: number; readonly name: string }

/** The past: see `Following`. */
type Progress = {
  readonly nextSequence: number | undefined
  readonly sent: readonly Sent[]
  readonly leastMs: number
}

/** The place to continue. `isBroken`: the segment there does not continue the last one sent. */
type Place = {
  readonly index: number
  readonly isBroken: boolean
  /** Sequence number of the segment at the index, or of the one that will be there. */
  readonly nextSequence: number | undefined
}

/**
 * Segments between the place to start at and the newest (RFC 8216 section 6.3.3: three target
 * durations from the end).
 */
const SEGMENTS_FROM_EDGE = 3

/**
 * Finds the place in a playlist after the last segment sent. Media sequence numbers decide as long
 * as they make sense; otherwise names do. If the numbering has clearly restarted, playback resumes
 * at its live edge. No known segment is sent twice.
 */
export function locate(playlist: MediaPlaylist, following: Progress): Place {
  const { segments, firstSequence, isComplete } = playlist
  const { nextSequence, sent } = following
  const at = (index: number, isBroken = false): Place => ({ index, isBroken, nextSequence: firstSequence + index })
  const nothingNew = { index: segments.length, isBroken: false, nextSequence }

  if (segments.length === 0) return nothingNew
  if (nextSequence === undefined) return at(isComplete ? 0 : startOf(segments, following.leastMs))
  const behind = firstSequence + segments.length
  const isInside = nextSequence >= firstSequence && nextSequence <= behind
  const behindLast = placeByName(playlist, sent)
  const firstNew = firstUnknown(playlist, sent)
  if (isInside && hasSameNumbers(playlist, sent)) return at(Math.max(nextSequence - firstSequence, behindLast ?? 0))
  if (behindLast !== undefined) return at(behindLast)
  // An older version of the playlist: a server behind a balancer, or a cache, is late.
  const isStale = firstNew === segments.length || (nextSequence > behind && endsWithSent(playlist, sent))
  if (isStale) return nothingNew
  if (isInside) return at(firstNew > 0 ? firstNew : nextSequence - firstSequence)
  return at(Math.max(edgeOf(segments.length), firstNew), true)
}

/** At the edge, or as far before it as the caller needs. */
function startOf(segments: MediaPlaylist['segments'], leastMs: number): number {
  let index = segments.length
  for (let leftMs = leastMs; leftMs > 0 && index > 0; index -= 1) leftMs -= segments[index - 1]!.durationMs
  return Math.min(index, edgeOf(segments.length))
}

function edgeOf(count: number): number {
  return Math.max(0, count - SEGMENTS_FROM_EDGE)
}

/**
 * The segments sent have the same numbers here. Names with tokens, or meaningless names, prove
 * nothing.
 */
function hasSameNumbers({ segments, firstSequence }: MediaPlaylist, sent: readonly Sent[]): boolean {
  const listed = sent.filter(({ sequence }) => segments[sequence - firstSequence] !== undefined)
  if (listed.length === 0) return placeByName({ segments }, sent) === undefined
  return listed.every(({ sequence, name }) => nameOf(segments[sequence - firstSequence]!) === name)
}

/** After the last segment sent, if its name occurs here exactly once. */
function placeByName({ segments }: Pick<MediaPlaylist, 'segments'>, sent: readonly Sent[]): number | undefined {
  const name = sent.at(-1)?.name
  const places = segments.flatMap((segment, index) => (nameOf(segment) === name ? [index] : []))
  return places.length === 1 ? places[0]! + 1 : undefined
}

function endsWithSent({ segments }: MediaPlaylist, sent: readonly Sent[]): boolean {
  const last = segments.at(-1)
  return sent.some((one) => one.sequence === last?.sequence && one.name === nameOf(last))
}

/** After everything already sent. A name that occurs more than once identifies nothing. */
function firstUnknown({ segments }: MediaPlaylist, sent: readonly Sent[]): number {
  const names = segments.map(nameOf)
  if (new Set(names).size < names.length) return 0
  const known = new Set(sent.map(({ name }) => name))
  return names.findLastIndex((name) => known.has(name)) + 1
}
