import { locate, type Sent } from './locate.ts'
import type { MediaPlaylist, MediaSegment } from './model.ts'
import { nameOf } from './segment-name.ts'

/**
 * How far a session has come in a media playlist. Immutable; the functions here record what
 * happened, `nextStep` decides what to do. Times are monotonic milliseconds of the caller.
 */
export type Following = {
  readonly targetMs: number
  /** Media before the end of the first playlist to start with, at least. */
  readonly leastMs: number
  /** The last playlist, and the index of the next segment to fetch in it. */
  readonly listed: readonly MediaSegment[]
  readonly nextIndex: number
  /**
   * Sequence number after the last segment that was fetched or given up; undefined before the
   * first.
   */
  readonly nextSequence: number | undefined
  /** The last segments that were fetched or given up, to recognise them under other numbers. */
  readonly sent: readonly Sent[]
  /** The next segment does not continue the last one. */
  readonly isBroken: boolean
  /** The playlist will not grow any further. */
  readonly isComplete: boolean
  /** When the playlist was last requested, and the outcome. */
  readonly checkedAtMs: number
  readonly lastCheck: 'none' | 'grown' | 'same' | 'failed' | 'refused'
  /** Refusals in a row. */
  readonly refusals: number
  /** When it last had something new. */
  readonly grownAtMs: number
  /** When a reload first found nothing new since then. */
  readonly waitingSinceMs: number | undefined
  /** Playlists in a row without any segment. */
  readonly emptyPlaylists: number
  /** Failures of the next segment; after a refusal, the chain of addresses restarts once. */
  readonly tries: number
  readonly failedAtMs: number
  readonly mustRestart: boolean
  /** Segments given up in a row. */
  readonly misses: number
}

/**
 * `refused`: 401, 403, 404, 410. Mostly an expired token, otherwise something that does not exist
 * (yet).
 */
type FetchFailure = 'refused' | 'passing'

const REMEMBERED_SEGMENTS = 64
/** Attempts on one segment; only one if the previous segment was given up too. */
const MAX_TRIES = 3

export function startFollowing(nowMs: number, leastMs = 0): Following {
  return {
    targetMs: 0,
    leastMs,
    listed: [],
    nextIndex: 0,
    nextSequence: undefined,
    sent: [],
    isBroken: false,
    isComplete: false,
    checkedAtMs: nowMs,
    lastCheck: 'none',
    refusals: 0,
    grownAtMs: nowMs,
    waitingSinceMs: undefined,
    emptyPlaylists: 0,
    tries: 0,
    failedAtMs: nowMs,
    mustRestart: false,
    misses: 0,
  }
}

/**
 * A media playlist has arrived, the first or a later one, perhaps from another server with other
 * numbers.
 */
export function takePlaylist(following: Following, playlist: MediaPlaylist, nowMs: number): Following {
  const { targetMs, segments, isComplete } = playlist
  const { index, isBroken, nextSequence } = locate(playlist, following)
  const newest = nextSegment(following) && following.listed.at(-1)?.sequence
  const hasGrown = index < segments.length && (isBroken || segments.at(-1)?.sequence !== newest)
  return {
    ...following,
    targetMs,
    listed: segments,
    nextIndex: index,
    isBroken: following.isBroken || isBroken,
    isComplete,
    nextSequence,
    checkedAtMs: nowMs,
    lastCheck: hasGrown ? 'grown' : 'same',
    refusals: 0,
    grownAtMs: hasGrown ? nowMs : following.grownAtMs,
    waitingSinceMs: hasGrown ? undefined : (following.waitingSinceMs ?? nowMs),
    emptyPlaylists: segments.length === 0 ? following.emptyPlaylists + 1 : 0,
    // With a fresh token there is nothing to wait for.
    failedAtMs: following.mustRestart ? Number.NEGATIVE_INFINITY : following.failedAtMs,
    mustRestart: false,
  }
}

/** The server says that it has not changed (304). */
export function notePlaylistUnchanged(following: Following, nowMs: number): Following {
  return { ...following, ...nothingNew(following, nowMs), lastCheck: 'same', refusals: 0 }
}

export function notePlaylistFailed(following: Following, failure: FetchFailure, nowMs: number): Following {
  const isRefused = failure === 'refused'
  return {
    ...following,
    ...nothingNew(following, nowMs),
    lastCheck: isRefused ? 'refused' : 'failed',
    refusals: isRefused ? following.refusals + 1 : 0,
    mustRestart: false,
  }
}

function nothingNew({ waitingSinceMs }: Following, nowMs: number): Pick<Following, 'checkedAtMs' | 'waitingSinceMs'> {
  return { checkedAtMs: nowMs, waitingSinceMs: waitingSinceMs ?? nowMs }
}

/** The next segment was fetched whole. */
export function noteFetched(following: Following): Following {
  return { ...goOn(following), isBroken: false, misses: 0 }
}

/**
 * The next segment is marked as missing (EXT-X-GAP). Skips it and all such segments after it at
 * once.
 */
export function notePassedOver(following: Following): Following {
  const { listed, nextIndex } = following
  let end = nextIndex
  while (listed[end]?.isGap === true) end += 1
  const skipped = Math.max(nextIndex, end - REMEMBERED_SEGMENTS)
  let passed: Following = { ...following, nextIndex: skipped }
  for (let index = skipped; index < end; index += 1) passed = goOn(passed)
  return { ...passed, isBroken: true }
}

/**
 * The next segment could not be fetched completely. It is tried again, after a refusal starting at
 * the catalogue's address, and then given up.
 */
export function noteSegmentFailed(following: Following, failure: FetchFailure, nowMs: number): Following {
  const tries = following.tries + 1
  const maxTries = following.misses > 0 ? 1 : MAX_TRIES
  if (tries >= maxTries) return { ...goOn(following), isBroken: true, misses: following.misses + 1 }
  return { ...following, tries, failedAtMs: nowMs, mustRestart: failure === 'refused' && tries === 1 }
}

function goOn(following: Following): Following {
  const done = nextSegment(following)
  if (done === undefined) return following
  const sent = [...following.sent, { sequence: done.sequence, name: nameOf(done) }].slice(-REMEMBERED_SEGMENTS)
  const nextIndex = following.nextIndex + 1
  return { ...following, nextIndex, sent, nextSequence: done.sequence + 1, tries: 0, mustRestart: false }
}

/** The next segment to fetch, if one is listed. */
export function nextSegment({ listed, nextIndex }: Pick<Following, 'listed' | 'nextIndex'>): MediaSegment | undefined {
  return listed[nextIndex]
}

/** How much listed media is still to be fetched. */
export function pendingMs({ listed, nextIndex }: Pick<Following, 'listed' | 'nextIndex'>): number {
  const [next, last] = [listed[nextIndex], listed.at(-1)]
  return next === undefined || last === undefined ? 0 : last.beginMs + last.durationMs - next.beginMs
}
