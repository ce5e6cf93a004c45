/** One rendition of a live programme, in segments that are numbered from 0 on. */
export type HlsVariant = {
  readonly bandwidth: number
  readonly height?: number
  /** Whole packets, from a key frame on; or any bytes that a test needs. */
  segment(number: number): Buffer
  /** Default: never. */
  isDiscontinuous?(number: number): boolean
}

export type HlsProviderOptions = {
  readonly segmentMs: number
  readonly variants: readonly HlsVariant[]
  /**
   * Served as it is, instead of what the rest says: what a packager writes, with `master` in it.
   * Tokens hold here too.
   */
  readonly folder?: string
  /**
   * The programme waits when it is so many segments ahead of the newest one that was requested, so
   * that a reader that is stalled by a busy machine loses nothing. Default: it runs on, as a real
   * one does.
   */
  readonly maxAhead?: number
  /** Segments in a playlist. Default 6. */
  readonly windowSegments?: number
  /** AES-128, with a new key every so many segments. */
  readonly encryption?: { readonly iv: 'explicit' | 'sequence'; readonly segmentsPerKey: number }
  /**
   * The catalogue's address redirects to one with a token, which all others carry too; later it is
   * refused with 403.
   */
  readonly tokenLifetimeMs?: number
  /**
   * The same after so many requests with a token: expires just as often on a machine that stalls.
   */
  readonly tokenRequests?: number
  /** All segments are parts of one resource. */
  readonly byteRanges?: boolean
  /** Header of fragmented MP4, named by EXT-X-MAP. */
  readonly header?: Buffer
  /** Playlists are compressed, whether that was asked for or not. */
  readonly isGzipped?: boolean
  /** A media playlist at the catalogue's address, without a master. */
  readonly hasNoMaster?: boolean
}

/** What goes wrong from now on. */
export type HlsFaults = {
  /** Status of segments for which it is given. */
  readonly segmentStatus?: (number: number) => number | undefined
  /** Status of playlists. */
  readonly playlistStatus?: number
  /** No further segment is listed. */
  readonly isFrozen?: boolean
  /** EXT-X-ENDLIST ends the playlist. */
  readonly isEnded?: boolean
  /** Added to the sequence numbers in playlists; names stay. */
  readonly sequenceShift?: number
  /** After how many bytes a segment is cut off when it is asked for first. */
  readonly cutAfterBytes?: (number: number) => number | undefined
  /** Ranges are ignored: everything is sent. */
  readonly ignoresRanges?: boolean
  /** Playlists are this many segments old. */
  readonly lagSegments?: number
}

export type HlsTruth = {
  readonly openSockets: number
  readonly mostSockets: number
  readonly connections: number
  /** In order; tokens are left out of the paths. */
  readonly requests: Array<{
    readonly atMs: number
    readonly path: string
    readonly status: number
    readonly range: string | undefined
    readonly headers: Record<string, string>
  }>
}
