/**
 * The content of HLS playlists (RFC 8216), as plain data. Addresses are as written: relative, with
 * tokens, unchecked.
 */

/** `refused`: it is a playlist, but one that cannot be played; the code is stable. */
export type ParsedPlaylist =
  | MasterPlaylist
  | MediaPlaylist
  | AddressList
  | { readonly kind: 'refused'; readonly code: 'hls-bad-range' | 'hls-no-variant' | 'hls-bad-variable' }
  | { readonly kind: 'no-playlist' }

/** A list of channels, not of segments: it names the address of the stream itself. */
type AddressList = { readonly kind: 'list'; readonly uris: readonly string[] }

/** One variant of a master playlist (EXT-X-STREAM-INF, section 4.3.4.2). */
export type Variant = {
  readonly uri: string
  /** Bits per second; 0 if not given. */
  readonly bandwidth: number
  /** Lines of the video. */
  readonly height: number | undefined
  /** All codecs named are audio. */
  readonly isAudioOnly: boolean
  /** Audio renditions in their own media playlists, the default first. */
  readonly audio: readonly AudioRendition[]
  /** False: without those there is no audio. */
  readonly hasOwnAudio: boolean
  /** Of the audio in its own playlist, if known. */
  readonly ownLanguage: string | undefined
}

/** EXT-X-MEDIA with TYPE=AUDIO and an address (section 4.3.4.1). */
export type AudioRendition = {
  readonly uri: string
  /** As in BCP 47, such as `en` or `pt-BR`. */
  readonly language: string | undefined
}

export type MasterPlaylist = {
  readonly kind: 'master'
  readonly variants: readonly Variant[]
  /** Of EXT-X-DEFINE, for media playlists that import them. */
  readonly variables: Variables
}

export type Variables = ReadonlyMap<string, string>

export type MediaPlaylist = {
  readonly kind: 'media'
  /** EXT-X-TARGETDURATION, clamped to 1 to 30 s; derived from the longest segment if missing. */
  readonly targetMs: number
  /** Media sequence number of the first segment kept, even if the playlist was longer. */
  readonly firstSequence: number
  /** Without gaps in `sequence`. */
  readonly segments: readonly MediaSegment[]
  /** EXT-X-ENDLIST: nothing will be added. */
  readonly isComplete: boolean
}

export type MediaSegment = {
  readonly sequence: number
  readonly uri: string
  readonly durationMs: number
  /** When it begins, from the beginning of the playlist. */
  readonly beginMs: number
  /**
   * When it begins, in milliseconds since 1970, if it or a neighbour has a date
   * (EXT-X-PROGRAM-DATE-TIME).
   */
  readonly dateMs: number | undefined
  /** Codecs, clocks or counters may differ from the segment before. */
  readonly isDiscontinuous: boolean
  /** Listed, but missing (EXT-X-GAP). */
  readonly isGap: boolean
  readonly key: SegmentKey | 'unsupported' | undefined
  readonly byteRange: ByteRange | undefined
  /** The header of fragmented MP4 (EXT-X-MAP). */
  readonly map: MediaMap | undefined
}

export type MediaMap = { readonly uri: string; readonly byteRange: ByteRange | undefined }

export type ByteRange = { readonly offset: number; readonly length: number }

/** AES-128: CBC with PKCS 7 padding over the whole segment (section 4.3.2.4). */
export type SegmentKey = {
  readonly uri: string
  /** 16 bytes: as given, otherwise the media sequence number, big endian (section 5.2). */
  readonly iv: Uint8Array
}

/** Segments kept of a playlist; the oldest are dropped. */
export const MAX_SEGMENTS = 20_000
/** Longer lines are skipped. */
export const MAX_LINE = 16 * 1024
export const MAX_VARIANTS = 200
/** Addresses of a list of channels to try, at most. */
export const MAX_LISTED = 16
