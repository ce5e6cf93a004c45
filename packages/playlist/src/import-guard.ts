import { groupParts } from './group-names.ts'
import type { NotAPlaylist } from './model.ts'

/** The figures of one list before filters. */
export type ListFigures = {
  readonly entries: number
  /** Entries of each group; of its largest groups if there are very many. */
  readonly groups: ReadonlyMap<string, number>
  /**
   * Its last line had no line ending, so it may have been cut off. Some providers never write one.
   */
  readonly torn: boolean
}

export type ImportFacts = {
  /** The last good list; undefined if there was none. */
  readonly previous: ListFigures | undefined
  readonly list: ListFigures
  /** Entries that remain after the filters of the source. */
  readonly kept: number
  readonly notAPlaylist: NotAPlaylist | undefined
  readonly thresholds: ImportThresholds
}

/** Shares of the last good list, from 0 (anything goes) to 1. */
export type ImportThresholds = { readonly minKeep: number; readonly minKeepGroups: number }

type ImportRefusal = {
  readonly accepted: false
  readonly reason: 'not-a-playlist' | 'empty' | 'all-filtered' | 'cut-off' | 'shrunk' | 'groups-lost'
  /**
   * One sentence for people. It may hold group names of the list, but no other text of the
   * provider.
   */
  readonly message: string
  /** The list is usable, so a person may decide that it is right. */
  readonly doubtful: boolean
}

const GROUPS_NAMED = 5

/**
 * Decides whether a fetched list may replace the last good one. A list that has lost most of its
 * entries is more often a fault than a change. A first list needs only one entry.
 */
export function judgeImport({
  previous,
  list,
  kept,
  notAPlaylist,
  thresholds,
}: ImportFacts): { readonly accepted: true } | ImportRefusal {
  if (notAPlaylist) return refuse('not-a-playlist', `the answer is not a list of channels (${notAPlaylist})`)
  if (list.entries === 0) return refuse('empty', 'the list has no entries')
  if (kept === 0) return refuse('all-filtered', `the filters of the source leave none of the ${list.entries} entries`)
  if (previous === undefined || previous.entries === 0) return { accepted: true }
  const figures = `the list has ${list.entries} entries, the last good one had ${previous.entries}`
  if (list.entries < previous.entries * thresholds.minKeep) return doubt('shrunk', figures)
  if (list.torn && !previous.torn && list.entries < previous.entries) {
    return doubt('cut-off', `the list ends in the middle of a line; ${figures}`)
  }
  const { keptShare, lost } = findLostGroups(previous.groups, list.groups)
  if (keptShare < thresholds.minKeepGroups) {
    const more = lost.length > GROUPS_NAMED ? ` and ${lost.length - GROUPS_NAMED} more` : ''
    const names = lost.slice(0, GROUPS_NAMED).map((group) => group || '(without a group)')
    return doubt('groups-lost', `groups with most of the last good list's entries are gone: ${names.join(', ')}${more}`)
  }
  return { accepted: true }
}

/** Groups count by their entries: dozens of small ones come and go each day without harm. */
export function findLostGroups(previous: ListFigures['groups'], groups: ListFigures['groups']) {
  let all = 0
  let still = 0
  const lost: string[] = []
  for (const [group, entries] of previous) {
    all += entries
    if (groupParts(group).every((part) => groups.has(part))) still += entries
    else lost.push(group)
  }
  return { keptShare: all === 0 ? 1 : still / all, lost }
}

function refuse(reason: ImportRefusal['reason'], message: string): ImportRefusal {
  return { accepted: false, reason, message, doubtful: false }
}

function doubt(reason: ImportRefusal['reason'], message: string): ImportRefusal {
  return { accepted: false, reason, message, doubtful: true }
}
