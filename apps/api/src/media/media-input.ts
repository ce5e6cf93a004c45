/** The input into which an attempt to play a stream pushes its media. */
export type MediaInput = {
  /**
   * Whole packets, which are written into; the buffer is the caller's again afterwards.
   *
   * @param isEnd the piece that goes to viewers and nodes at once ends with them
   */
  push(packets: Buffer, isEnd?: boolean): void
  /**
   * The current input continues with other times and counters: its relation to other inputs is
   * unknown from here on.
   */
  breakInput(): void
  /**
   * Viewers already had, or may have had, the media that the current input brings: it is dropped.
   */
  readonly isRepeating: boolean
  /** Why the current input cannot be played as a continuation of the output. */
  readonly refusal: string | undefined
  /** Grows with the media of the output. */
  readonly position: number
  /** Grows with the places where a player can start. */
  readonly joinPoints: number
}
