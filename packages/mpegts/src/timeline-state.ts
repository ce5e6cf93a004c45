/**
 * Plain values for a later leader: the last times sent, and the offset added to the time of the
 * input.
 */
export type TimelineState = {
  /** Last decode time of the main stream. */
  readonly time: number | undefined
  /** Its latest presentation time. */
  readonly presentation: number | undefined
  /** Last PCR. */
  readonly clock: number | undefined
  readonly offset: number | undefined
  /** From one unit of the main stream to the next, the last few times. */
  readonly frameSteps: readonly number[]
  /**
   * The last unit of the main stream is also the last one of a decoder, so the output can continue
   * right after it.
   */
  readonly canMeetLast: boolean
}

export type InputRelation = {
  /** It may send again what was sent before. */
  readonly sameStream: boolean
  /**
   * Of the same stream: what is added to the times of this input to get those of the input before.
   */
  readonly shiftTicks: number
  /**
   * The times of the input are those of the output already; they are never moved. What is not later
   * than the last one that was sent is dropped.
   */
  readonly keepsClock: boolean
}
