import { isPosition, isSplicerState, type SplicerState } from '@kptv/mpegts'

/**
 * Place of a channel's output. It travels with the media, so that each node knows whether a piece
 * starts at the next byte of its own output, and so that a new leader continues exactly there.
 */
export type OutputPlace = {
  /** Nodes whose outputs have the same name have sent the same bytes up to the same position. */
  readonly output: string
  /** The same for their clocks: equal frames have equal time stamps. */
  readonly clock: string
  /** All nodes of this output agree up to here; its current leader made the rest. */
  readonly from: number
  /** Codecs of the last media sent, such as `h264+aac`. */
  readonly signature?: string | undefined
  /** Counters, clocks and position. */
  readonly splicer: SplicerState
}

/** Undefined if not valid: anyone who may publish can have sent it. Never throws. */
export function readPlace(value: unknown): OutputPlace | undefined {
  const place = typeof value === 'object' && value !== null ? (value as Partial<OutputPlace>) : {}
  const { output, clock, from, signature, splicer } = place
  const areNames = [output, clock, signature ?? ''].every((name) => typeof name === 'string')
  return areNames && isPosition(from) && isSplicerState(splicer) ? (place as OutputPlace) : undefined
}

/**
 * How many bytes of a piece a node at `position` of this output has already sent; undefined: its
 * output and the piece are not one stream of bytes.
 *
 * @param mine last place of the node
 * @param place of the leader, after the piece
 * @param length of the piece
 */
export function bytesHad(
  mine: Omit<OutputPlace, 'splicer'>,
  position: number,
  place: OutputPlace,
  length: number,
): number | undefined {
  const start = place.splicer.position - length
  // Bytes are missing between them.
  if (place.output !== mine.output || position < start) return undefined
  // It received more from the former leader than the new one did, which has made other bytes for
  // the same place.
  if (place.from !== mine.from && position > place.from) return undefined
  return Math.min(position - start, length)
}
