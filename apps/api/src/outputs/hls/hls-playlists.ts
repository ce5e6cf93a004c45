import { writeMediaPlaylist, writeMultivariantPlaylist } from '@kptv/hls'
import { TICKS_PER_MS, TICKS_PER_SECOND } from '@kptv/mpegts'
import { offeredSegments, type SegmentList, type SegmentRecord } from '../../packaging/segment-list.ts'

/** The same text for all players, on all nodes. */
export function mediaPlaylistOf(list: SegmentList): string {
  const segments = offeredSegments(list)
  return writeMediaPlaylist({
    number: segments[0]!.number,
    targetSeconds: list.targetSeconds,
    hasEnd: list.endedAtMs !== undefined,
    segments: segments.map((segment) => ({
      ...segment,
      uri: `${segment.number}.${segment.fmp4 === undefined ? 'ts' : 'm4s'}`,
      map: segment.fmp4 && `${segment.fmp4.init}.mp4`,
      durationMs: segment.durationTicks / TICKS_PER_MS,
    })),
  })
}

/** @param uri of the media playlist */
export function multivariantPlaylistOf(list: SegmentList, uri: string): string {
  const segments = offeredSegments(list)
  const average = bitRateOf(segments)
  return writeMultivariantPlaylist({
    ...list.facts,
    uri,
    peakBitsPerSecond: Math.max(average, peakOf(segments, list.targetSeconds * TICKS_PER_SECOND)),
    averageBitsPerSecond: average,
  })
}

/**
 * Of segments one after the other that together last from half a target to one and a half (RFC
 * 8216, 4.3.4.2): a short one before a break says nothing.
 */
function peakOf(segments: readonly SegmentRecord[], targetTicks: number): number {
  const rates = segments.flatMap((_, from) =>
    segments.slice(from).flatMap((_, count) => {
      const some = segments.slice(from, from + count + 1)
      const ticks = ticksOf(some)
      return ticks >= targetTicks * 0.5 && ticks <= targetTicks * 1.5 ? [bitRateOf(some)] : []
    }),
  )
  return Math.max(0, ...rates)
}

function bitRateOf(segments: readonly SegmentRecord[]): number {
  const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0)
  return (bytes * 8 * TICKS_PER_SECOND) / Math.max(1, ticksOf(segments))
}

function ticksOf(segments: readonly SegmentRecord[]): number {
  return segments.reduce((sum, segment) => sum + segment.durationTicks, 0)
}
