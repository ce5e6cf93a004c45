import type { Entry, NotAPlaylist, SkipLog } from '@kptv/playlist'

/**
 * The content of a source, read in one pass: for every kind of source, an import takes its entries
 * and then the facts.
 */
export type SourceReader = {
  /** Each step is about a millisecond of work. Throws when the source breaks off. */
  readonly entries: AsyncIterable<readonly Entry[]>
  /** Final when all entries have come. */
  readonly facts: () => SourceFacts
}

type SourceFacts = {
  /** Its last line had no line ending. */
  readonly torn: boolean
  readonly notAPlaylist: NotAPlaylist | undefined
  /** Lists of channels start with `#EXTM3U`; lists without it are accepted as well. */
  readonly hasHeader: boolean
  /** As written: they may hold credentials. */
  readonly epgUrls: readonly string[]
  readonly skipped: SkipLog
}
