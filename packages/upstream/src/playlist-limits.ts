/** The limits of one download of a list. */
export type PlaylistLimits = {
  /** Size on the wire. */
  readonly downloadBytes: number
  readonly inflatedBytes: number
  /** Inflated to downloaded; judged after the first MiB of inflated text. */
  readonly ratio: number
  /** From the first connect to the last byte. */
  readonly totalMs: number
}

export const DEFAULT_PLAYLIST_LIMITS: PlaylistLimits = {
  downloadBytes: 512 * 1024 * 1024,
  inflatedBytes: 1024 * 1024 * 1024,
  ratio: 100,
  totalMs: 10 * 60 * 1000,
}
