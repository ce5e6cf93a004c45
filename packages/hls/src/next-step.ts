import { type Following, nextSegment } from './follow-playlist.ts'
import type { MediaSegment } from './model.ts'

/** The next step of a session. `inMs`: how long to wait first. */
export type HlsStep =
  /** `isNewInput`: it does not continue the media before it. */
  | { readonly do: 'fetch'; readonly segment: MediaSegment; readonly inMs: number; readonly isNewInput: boolean }
  /** Marked as missing: call `notePassedOver`. */
  | { readonly do: 'pass-over'; readonly segment: MediaSegment }
  | { readonly do: 'reload'; readonly inMs: number }
  /** Starting at the catalogue's address: the target of its redirects is no longer valid. */
  | { readonly do: 'restart'; readonly inMs: number }
  | { readonly do: 'end' }
  | { readonly do: 'fail'; readonly code: 'hls-empty' | 'hls-stalled' | 'hls-segments-missing' | 'hls-encryption' }

const MAX_EMPTY_PLAYLISTS = 3
const MAX_MISSES = 3
/** Sooner for short segments, so as not to fall behind. */
const SEGMENT_RETRY_MS = 1_000
const SEGMENT_RETRY_TARGETS = 0.25
/** Shortest wait after a failure of the playlist. */
const PLAYLIST_RETRY_MS = 1_000
/**
 * A playlist has something new after a target duration, at the latest after one and a half (RFC
 * 8216 section 6.2.2).
 */
const LATEST_TARGETS = 1.5
const LEAST_PATIENCE_MS = 3_000

/** Pure. The caller carries the step out and records its outcome. */
export function nextStep(following: Following, nowMs: number): HlsStep {
  const { misses, mustRestart, isComplete, lastCheck } = following
  if (misses >= MAX_MISSES) return { do: 'fail', code: 'hls-segments-missing' }
  const segment = nextSegment(following)
  if (segment !== undefined) {
    if (segment.key === 'unsupported') return { do: 'fail', code: 'hls-encryption' }
    if (segment.isGap) return { do: 'pass-over', segment }
    if (mustRestart) return { do: 'restart', inMs: 0 }
    const pauseMs = Math.min(SEGMENT_RETRY_MS, following.targetMs * SEGMENT_RETRY_TARGETS)
    const inMs = following.tries === 0 ? 0 : Math.max(0, following.failedAtMs + pauseMs - nowMs)
    return { do: 'fetch', segment, inMs, isNewInput: following.isBroken || segment.isDiscontinuous }
  }
  if (isComplete && lastCheck !== 'none') return { do: 'end' }
  if (following.emptyPlaylists >= MAX_EMPTY_PLAYLISTS) return { do: 'fail', code: 'hls-empty' }
  if (isStalled(following, nowMs)) return { do: 'fail', code: 'hls-stalled' }
  const inMs = Math.max(0, following.checkedAtMs + reloadPauseMs(following) - nowMs)
  return { do: lastCheck === 'refused' ? 'restart' : 'reload', inMs }
}

/**
 * RFC 8216 section 6.3.4: one target duration after a playlist with something new, otherwise half
 * of it.
 */
function reloadPauseMs({ lastCheck, targetMs, refusals }: Following): number {
  if (lastCheck === 'none') return 0
  if (lastCheck === 'grown') return targetMs
  if (lastCheck === 'same') return targetMs / 2
  // The first refusal usually means an expired token.
  return refusals === 1 ? 0 : PLAYLIST_RETRY_MS
}

/**
 * Late in more than one reload: a session that was busy fetching long segments reloads late itself.
 */
function isStalled({ targetMs, grownAtMs, waitingSinceMs }: Following, nowMs: number): boolean {
  if (waitingSinceMs === undefined || nowMs - waitingSinceMs < LEAST_PATIENCE_MS) return false
  return nowMs - grownAtMs > Math.max(targetMs * LATEST_TARGETS, targetMs + LEAST_PATIENCE_MS)
}
