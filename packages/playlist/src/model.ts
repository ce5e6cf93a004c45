import type { StreamArchive } from './archive/stream-archive.ts'
import type { Attributes } from './attributes.ts'

/**
 * Host of a source and a short hash of its address, such as `tv-example-com-3f2a9c`: readable,
 * stable, free of secrets.
 */
export type SourceId = string

/** One item of a source's playlist. */
export type Entry = {
  /** Display name: never empty, one line, no control characters. */
  readonly name: string
  /**
   * As written, without the `|Header=value` suffix; absolute. Holds the provider's credentials:
   * never show it.
   */
  readonly url: string
  /** Including the defaults from the first line of the list. */
  readonly attributes: Attributes
  /**
   * Request headers that the playlist asks for, names in their usual spelling; the last one given
   * wins.
   */
  readonly headers: Attributes
  /** Which program of a transport stream with several is meant. */
  readonly program?: number | undefined
  /** Length of a recording; -1 for live and for anything that is not a positive number. */
  readonly durationSeconds: number
  /** Line of the `#EXTINF`, or of the URL where there is none; the first line is 1. */
  readonly line: number
}

/** An entry that can be played. */
export type Stream = {
  readonly id: string
  readonly sourceId: SourceId
  readonly url: string
  readonly headers: Attributes
  /** See {@link Entry.program}. */
  readonly program?: number | undefined
  /** How its past is played, if it is. */
  readonly archive?: StreamArchive | undefined
}

/** All streams of one name, best first. `key` is what the name was grouped by. */
export type Channel = {
  readonly key: string
  readonly name: string
  readonly attributes: Attributes
  readonly streams: readonly Stream[]
}

/** The content of the `#EXTM3U` lines. */
export type PlaylistHeader = { readonly epgUrls: readonly string[]; readonly attributes: Attributes }

export type SkipReason =
  | 'line-too-long'
  | 'entry-without-url'
  | 'bad-url'
  | 'unsupported-scheme'
  | 'relative-url'
  | 'own-stream'
  | 'garbage'
  | 'truncated'
  | 'header-refused'
  | 'bad-program'
  | 'unplayable-drm'
  | 'unplayable-dash'
  | 'attribute-too-long'
  | 'too-many-attributes'
  | 'entry-limit'

/** An item of a playlist that was left out. `line` is where it was found; the first line is 1. */
export type Skipped = { readonly reason: SkipReason; readonly line: number }

/** Why a body is not a list of channels at all. */
export type NotAPlaylist = 'html' | 'xml' | 'json' | 'hls-media-playlist' | 'hls-master-playlist' | 'other-text'
