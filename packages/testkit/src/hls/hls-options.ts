/** One rendition of a live programme, in segments that are numbered from 0 on. */
export type HlsVariant = {
  bandwidth: number
  height?: number
  /** Whole packets, from a key frame on; or whatever a test wants to be there. */
  segment(number: number): Buffer
  /** Default: never. */
  isDiscontinuous?(number: number): boolean
}

export type HlsProviderOptions = {
  segmentMs: number
  variants: readonly HlsVariant[]
  /**
   * Served as it is, instead of what the rest says: what a packager writes, with `master` in it.
   * Tokens hold here too.
   */
  folder?: string
  /**
   * The programme waits when it is so many segments ahead of the newest one that was requested, so
   * that a reader that is stalled by a busy machine loses nothing. Default: it runs on, as a real
   * one does.
   */
  maxAhead?: number
  /** Segments in a playlist. Default 6. */
  windowSegments?: number
  /** AES-128, with a new key every so many segments. */
  encryption?: { iv: 'explicit' | 'sequence'; segmentsPerKey: number }
  /**
   * The catalogue's address redirects to one with a token, which all others carry too; later it is
   * refused with 403.
   */
  tokenLifetimeMs?: number
  /**
   * The same after so many requests with a token: expires just as often on a machine that stalls.
   */
  tokenRequests?: number
  /** All segments are parts of one resource. */
  byteRanges?: boolean
  /** Header of fragmented MP4, named by EXT-X-MAP. */
  header?: Buffer
  /** Playlists are compressed, whether that was asked for or not. */
  isGzipped?: boolean
  /** A media playlist at the catalogue's address, without a master. */
  hasNoMaster?: boolean
}

/** What goes wrong from now on. */
export type HlsFaults = {
  /** Status of segments for which it is given. */
  segmentStatus?: (number: number) => number | undefined
  /** Status of playlists. */
  playlistStatus?: number
  /** No further segment is listed. */
  isFrozen?: boolean
  /** EXT-X-ENDLIST stands at the end. */
  isEnded?: boolean
  /** Added to the sequence numbers in playlists; names stay. */
  sequenceShift?: number
  /** After how many bytes a segment is cut off when it is asked for first. */
  cutAfterBytes?: (number: number) => number | undefined
  /** Ranges are ignored: everything is sent. */
  ignoresRanges?: boolean
  /** Playlists are this many segments old. */
  lagSegments?: number
}

export type HlsTruth = {
  openSockets: number
  mostSockets: number
  connections: number
  /** In order; tokens are left out of the paths. */
  requests: Array<{
    atMs: number
    path: string
    status: number
    range: string | undefined
    headers: Record<string, string>
  }>
}
