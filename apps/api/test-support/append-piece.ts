import type { SplicerState } from '@kptv/mpegts'
import type { MediaRing } from '../src/media/media-ring.ts'

/** Writes and commits one piece, as an output does. @param joinPoints ascending offsets in it */
export function appendPiece(
  ring: MediaRing,
  bytes: Buffer,
  joinPoints: readonly number[] = [],
  state?: SplicerState,
): void {
  const starts = [...new Set([0, ...joinPoints])]
  for (const [index, start] of starts.entries()) {
    ring.write(bytes.subarray(start, starts[index + 1]), joinPoints.includes(start))
  }
  ring.commit(state)
}
