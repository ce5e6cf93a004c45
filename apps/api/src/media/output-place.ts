import type { SplicerState } from '@kptv/mpegts'

/**
 * Where the output of a channel stands: it travels with the media, so that each node knows whether
 * what comes is the very next byte of what it has handed on, and so that a new leader goes on
 * exactly there.
 */
export type OutputPlace = {
  /** Nodes whose outputs have one name have handed on the same bytes up to the same position. */
  readonly output: string
  /** The same for their clocks: equal frames have equal time stamps. */
  readonly clock: string
  /** Up to here all nodes of this output agree; what follows was made by its present leader. */
  readonly from: number
  /** Codecs of what was sent last, such as `h264+aac`. */
  readonly signature?: string | undefined
  /** Counters, clocks and position. */
  readonly splicer: SplicerState
}

/** Undefined for what is none: it comes from another process. */
export function readPlace(value: unknown): OutputPlace | undefined {
  const place = value as Partial<OutputPlace> | null | undefined
  const isPlace =
    typeof place?.output === 'string' &&
    typeof place.clock === 'string' &&
    Number.isSafeInteger(place.from) &&
    Number.isSafeInteger(place.splicer?.position) &&
    typeof place.splicer?.timeline === 'object' &&
    Array.isArray(place.splicer.output?.streams)
  return isPlace ? (place as OutputPlace) : undefined
}

/**
 * How many bytes of a piece a node has handed on already, which stands at `position` of this
 * output; undefined: what it has had and the piece are not one stream of bytes.
 *
 * @param mine that it was at last
 * @param place of the leader, behind the piece
 * @param length of the piece
 */
export function bytesHad(
  mine: Omit<OutputPlace, 'splicer'>,
  position: number,
  place: OutputPlace,
  length: number,
): number | undefined {
  const start = place.splicer.position - length
  // Something is missing between them.
  if (place.output !== mine.output || position < start) return undefined
  // It had more of the leader before than this one, who has made other bytes of the same place.
  if (place.from !== mine.from && position > place.from) return undefined
  return Math.min(position - start, length)
}
