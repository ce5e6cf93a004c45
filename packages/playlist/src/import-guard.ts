import type { NotAPlaylist } from './model.ts'

export type ImportFacts = {
  /** Entries of the last good list; undefined or 0 if there was none. */
  previousEntries?: number | undefined
  entries: number
  notAPlaylist?: NotAPlaylist | undefined
  /** Whether the transfer reached its end. */
  complete: boolean
}

type ImportVerdict =
  | { accepted: true }
  | { accepted: false; reason: 'not-a-playlist' | 'cut-off' | 'empty' | 'shrunk'; message: string }

/** A list that has less than this share of the last good one's entries is a fault of the provider, not a change. */
const LEAST_SHARE = 0.5

/** Decides whether a fetched list may replace the last good one. A first list needs one entry only. */
export function judgeImport({ previousEntries = 0, entries, notAPlaylist, complete }: ImportFacts): ImportVerdict {
  if (notAPlaylist) return refuse('not-a-playlist', `the answer is not a list of channels (${notAPlaylist})`)
  if (!complete) return refuse('cut-off', `the list was cut off after ${entries} entries`)
  if (entries === 0) return refuse('empty', 'the list has no entries')
  if (entries < previousEntries * LEAST_SHARE) {
    return refuse('shrunk', `the list has ${entries} entries, the last good one had ${previousEntries}`)
  }
  return { accepted: true }
}

function refuse(reason: Extract<ImportVerdict, { accepted: false }>['reason'], message: string): ImportVerdict {
  return { accepted: false, reason, message }
}
