import type { PublishedMedia } from '@kptv/relay'
import type { ChannelOutput } from '../media/channel-output.ts'
import type { MediaRing } from '../media/media-ring.ts'

/**
 * What a leader says first: what was played here last, from the newest join point on. Nodes that
 * know where they stand find in it what they have had already; a new one begins with it. Nothing
 * while there is no join point.
 */
export function readBacklog(ring: MediaRing, output: ChannelOutput): readonly PublishedMedia[] {
  const pieces = ring.readFromNewestJoinPoint()
  if (pieces.length === 0) return []
  const { place: state, origin } = output
  return [{ packets: Buffer.concat(pieces), joinPoints: [0], origin, state }]
}
