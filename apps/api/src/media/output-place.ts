import { isPosition, isSplicerState, type SplicerState } from '@kptv/mpegts'

/**
 * Place of a channel's output. It travels with the media, so that each node knows whether a piece
 * starts at the next byte of its own output, and so that a new leader continues exactly there.
 */
export type OutputPlace = {
  /**
   * Nodes whose outputs have the same name have sent the same bytes up to the same position: one
   * leader made them, or passed them on.
   */
  readonly output: string
  /** The output that this one continues: both have the same bytes up to `from`. */
  readonly before?: string | undefined
  /** The same for their clocks: equal frames have equal timestamps. */
  readonly clock: string
  /** Its leader made the bytes from here on. */
  readonly from: number
  /** Codecs of the last media sent, such as `h264+aac`. */
  readonly signature?: string | undefined
  /** Counters, clocks and position. */
  readonly splicer: SplicerState
}

/** Undefined if not valid: anyone who may publish can have sent it. Never throws. */
export function readPlace(value: unknown): OutputPlace | undefined {
  const place = typeof value === 'object' && value !== null ? (value as Partial<OutputPlace>) : {}
  const { output, before, clock, from, signature, splicer } = place
  const areNames = [output, before ?? '', clock, signature ?? ''].every((name) => typeof name === 'string')
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
  if (position < start) return undefined
  // Beyond that place it has bytes of the former leader, and the new one has made others.
  const hasSame = place.output === mine.output || (place.before === mine.output && position <= place.from)
  return hasSame ? Math.min(position - start, length) : undefined
}
