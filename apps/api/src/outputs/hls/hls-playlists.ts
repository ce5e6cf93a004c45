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
  const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0)
  const ticks = segments.reduce((sum, segment) => sum + segment.durationTicks, 0)
  return writeMultivariantPlaylist({
    ...list.facts,
    uri,
    peakBitsPerSecond: Math.max(...segments.map(bitRate)),
    averageBitsPerSecond: bitRate({ bytes, durationTicks: ticks }),
  })
}

function bitRate({ bytes, durationTicks }: Pick<SegmentRecord, 'bytes' | 'durationTicks'>): number {
  return (bytes * 8 * TICKS_PER_SECOND) / Math.max(1, durationTicks)
}
