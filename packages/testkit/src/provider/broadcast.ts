export type BroadcastListener = {
  /** Media, in pieces of any size; whole packets from a maker. */
  onBytes(bytes: Buffer): void
  /** The media has ended. */
  onEnd(): void
}

/** A channel on the air. */
export type Broadcast = {
  /** From now on; the function given back stops it. */
  listen(listener: BroadcastListener, options: { readonly replayMs?: number }): () => void
  /**
   * Its clock starts again at `startTicks` (90 kHz), as after a restart of the encoder. Nothing,
   * where others make the media.
   */
  resetTimeStamps(startTicks: number): void
  stop(): void
}
