import { AUDIO_TIMESTAMP_BYTES, readAudioTimestamp } from '@kptv/hls'
import { type ContentKind, sniffContent } from '../sniff-content.ts'
import { upstreamError } from '../upstream-error.ts'

export type SegmentStart = {
  /** `mpegts`: it can be passed on as it is. */
  readonly container: 'mpegts' | 'mp4' | 'audio'
  /** The header that must precede the first such segment (EXT-X-MAP). */
  readonly header: Buffer | undefined
  /** Of packed audio, if known: when it begins on the clock of the video, in ticks of 90 kHz. */
  readonly clockTicks: number | undefined
  /** Its time, by its playlist. */
  readonly place: SegmentPlace
  readonly durationMs: number
  /** It does not continue the segment before, for any reason. */
  readonly isNewInput: boolean
  /** The provider marks it as having another clock (EXT-X-DISCONTINUITY). */
  readonly isDiscontinuous: boolean
}

/** Milliseconds: since 1970, if dates are given, and from the beginning of a VOD. */
type SegmentPlace = { readonly dateMs: number | undefined; readonly vodMs: number | undefined }

/** A segment: its start, then its bytes. */
export type SegmentPiece = SegmentStart | Buffer

/**
 * The kind of a segment, by its first bytes; undefined: more are needed.
 *
 * @throws UpstreamError `empty-answer`, `unexpected-answer`: it is not media
 */
export function startSegment(
  head: Buffer,
  { header, url, isComplete }: { readonly header: Buffer | undefined; readonly url: URL; readonly isComplete: boolean },
): Pick<SegmentStart, 'container' | 'header' | 'clockTicks'> | undefined {
  if (isComplete && head.length === 0) throw upstreamError('empty-answer', url)
  const kind = sniffContent(head, { complete: isComplete })
  if (kind === 'unknown-yet') return undefined
  const container = header === undefined ? CONTAINERS[kind] : 'mp4'
  if (container === undefined) throw upstreamError('unexpected-answer', url)
  if (container !== 'audio') return { container, header, clockTicks: undefined }
  if (head.length < AUDIO_TIMESTAMP_BYTES && !isComplete) return undefined
  return { container, header, clockTicks: readAudioTimestamp(head) }
}

const CONTAINERS: Partial<Record<ContentKind, SegmentStart['container']>> = {
  'transport-stream': 'mpegts',
  mp4: 'mp4',
  'mpeg-audio': 'audio',
}

/** Whether a segment can go into the same container, behind the same header. */
export function hasSameForm(first: SegmentStart, next: SegmentStart): boolean {
  if (next.container !== first.container) return false
  return first.header === next.header || (first.header !== undefined && next.header?.equals(first.header) === true)
}
