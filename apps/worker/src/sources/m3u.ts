import type { Source } from '@kptv/config'
import { charsetOf, charsetOfContentType, createM3uParser, type Entry, type Skipped } from '@kptv/playlist'
import type { FetchedPlaylist } from '@kptv/upstream'
import type { SourceReader } from './source-reader.ts'

type FetchedBody = Extract<FetchedPlaylist, { readonly outcome: 'body' }>

export type M3uOptions = {
  /** BASE_URL: the prefix of this proxy's links, if known. */
  readonly ownBase?: string | undefined
  readonly hideUnplayable?: boolean
  /** Gets each entry that is left out. */
  readonly noteSkipped?: ((skipped: Skipped) => void) | undefined
}

/** Raised when unchanged lists must be read again because we read them differently. */
export const M3U_READER_VERSION = 4

/** A millisecond of work. */
const MAX_SLICE_BYTES = 16 * 1024
const MAX_STEP_ENTRIES = 200

/** Reads a list of channels that has been fetched. */
export function readM3u(
  source: Pick<Source, 'charset'>,
  { chunks, finalUrl, contentType }: Pick<FetchedBody, 'chunks' | 'finalUrl' | 'contentType'>,
  { ownBase, hideUnplayable = false, noteSkipped }: M3uOptions = {},
): SourceReader {
  const parser = createM3uParser({
    baseUrl: finalUrl,
    ownBase,
    charset: charsetOfContentType(contentType),
    certainCharset: source.charset === undefined ? undefined : charsetOf(source.charset),
    skipsUnplayable: hideUnplayable,
    onSkipped: noteSkipped,
  })
  let torn = false

  async function* entries(): AsyncGenerator<readonly Entry[]> {
    for await (const chunk of chunks) {
      for (let start = 0; start < chunk.length; start += MAX_SLICE_BYTES) {
        yield* inSteps(parser.push(chunk.subarray(start, start + MAX_SLICE_BYTES)))
      }
      if (chunk.length > 0) torn = !endsLine(chunk)
    }
    yield* inSteps(parser.end())
  }

  return {
    entries: entries(),
    facts: () => {
      const { notAPlaylist, hasHeader, skipped } = parser
      return { torn, notAPlaylist, hasHeader, skipped, epgUrls: parser.header.epgUrls }
    },
  }
}

/** One line may hold thousands of addresses, and buffered lines arrive together. */
function* inSteps(entries: readonly Entry[]): Generator<readonly Entry[]> {
  for (let start = 0; start === 0 || start < entries.length; start += MAX_STEP_ENTRIES) {
    yield entries.slice(start, start + MAX_STEP_ENTRIES)
  }
}

function endsLine(chunk: Uint8Array): boolean {
  // In UTF-16, little endian, a zero follows.
  const last = chunk.at(-1) === 0 ? chunk.at(-2) : chunk.at(-1)
  return last === LINE_FEED || last === CARRIAGE_RETURN
}

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
