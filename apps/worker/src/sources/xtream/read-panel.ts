import { panelFile, panelStream } from '@kptv/addresses'
import type { SourceLogin } from '@kptv/config'
import {
  createSkipLog,
  type Entry,
  type PanelEntryOptions,
  readPanelCategory,
  readPanelEntry,
  type Skipped,
} from '@kptv/playlist'
import type { SourceReader } from '../source-reader.ts'
import { readItems } from './read-items.ts'

/** Raised when lists must be read again because we read them differently. */
export const PANEL_READER_VERSION = 2

/** The body of an address of the panel, as it comes. */
export type FetchBody = (url: string) => Promise<AsyncIterable<Uint8Array>>

const MAX_CATEGORIES = 20_000
const REMEMBERED_SKIPS = 20
const LISTS = {
  live: { categories: 'get_live_categories', items: 'get_live_streams' },
  movie: { categories: 'get_vod_categories', items: 'get_vod_streams' },
  series: { categories: 'get_series_categories', items: 'get_series' },
} as const

type PanelReaderOptions = {
  readonly kinds: ReadonlyArray<keyof typeof LISTS>
  readonly fetchBody: FetchBody
  /** Gets each item that is left out. */
  readonly noteSkipped?: ((skipped: Skipped) => void) | undefined
}

/** Reads the lists of an Xtream panel, one kind after the other. */
export function readPanel(
  { url }: Pick<SourceLogin, 'url'>,
  { kinds, fetchBody, noteSkipped }: PanelReaderOptions,
): SourceReader {
  const skipped = createSkipLog(REMEMBERED_SKIPS, noteSkipped)
  const bodyOf = (action: string) => fetchBody(panelFile(url, 'player_api.php', { action }))

  /** The episodes of a series are listed on request: there are too many for one list of all. */
  const addressesOf = (kind: keyof typeof LISTS) =>
    kind === 'series'
      ? (id: number) => panelFile(url, 'player_api.php', { action: 'get_series_info', series_id: String(id) })
      : panelStream(url, kind)

  async function* entries(): AsyncGenerator<readonly Entry[]> {
    for (const kind of kinds) {
      const categories = new Map<string, string>()
      for await (const items of readItems(await bodyOf(LISTS[kind].categories))) {
        for (const [id, name] of items.flatMap((item) => [readPanelCategory(item) ?? []])) {
          if (id !== undefined && name !== undefined && categories.size < MAX_CATEGORIES) categories.set(id, name)
        }
      }
      yield* entriesOf(await bodyOf(LISTS[kind].items), { kind, categories, addressOf: addressesOf(kind) })
    }
  }

  async function* entriesOf(body: AsyncIterable<Uint8Array>, options: Omit<PanelEntryOptions, 'place'>) {
    let place = 0
    for await (const items of readItems(body)) {
      const found: Entry[] = []
      for (const item of items) {
        place += 1
        const entry = readPanelEntry(item, { ...options, place })
        if (typeof entry === 'string') skipped.add(entry, place)
        else found.push(entry)
      }
      yield found
    }
  }

  return {
    entries: entries(),
    facts: () => ({
      torn: false,
      notAPlaylist: undefined,
      hasHeader: true,
      epgUrls: kinds.includes('live') ? [panelFile(url, 'xmltv.php')] : [],
      skipped,
    }),
  }
}
