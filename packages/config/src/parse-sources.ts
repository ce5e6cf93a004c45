import { accountKey, findSecrets, panelAddress } from '@kptv/addresses'
import { accountId, loginMark, sourceId } from './source-id.ts'

/**
 * A playlist with a connection limit. `url` holds the provider's credentials: it is never logged,
 * stored or shown.
 */
export type Source = {
  /** Stable, readable, without secrets; used in keys and logs. */
  readonly id: string
  /** The host, for people; numbered when several sources share it. */
  readonly name: string
  readonly url: string
  /**
   * The account whose connections it uses. A provider counts the login, not the playlist, so the id
   * depends on host and user alone.
   */
  readonly accountId: string
  /** Connections that the provider allows at once; {@link UNLIMITED} if `unlimited`. */
  readonly limit: number
  /** See `findSecrets`; the order matters to `openSecrets`. */
  readonly secrets: readonly string[]
  /**
   * How its list is read; missing: as M3U. The `url` of an Xtream panel is its `player_api.php`.
   */
  readonly type?: 'xtream'
  /** What is imported from an Xtream panel; missing: live channels. */
  readonly kinds?: readonly SourceKind[]
  /** Logins of the same provider besides the one in `url`; one of them imports the list. */
  readonly otherLogins?: readonly SourceLogin[]
  /** Place in the order of preference, 1 comes first; sources without it follow as written. */
  readonly priority?: number
  /**
   * Header fields of requests for the list, besides those of the settings, which they replace. May
   * hold credentials.
   */
  readonly listHeaders?: SourceHeaders
  /**
   * Header fields of requests for its streams; those of an entry override them, an empty value
   * removes one. May hold credentials.
   */
  readonly playHeaders?: SourceHeaders
  /**
   * In place of USER_AGENT, for lists and streams; a `User-Agent` among the header fields wins over
   * it.
   */
  readonly userAgent?: string
  /**
   * `insecure`: certificates are not checked for anything that is fetched for this source. Without
   * it they are.
   */
  readonly tls?: 'verify' | 'insecure'
  /**
   * How long the provider counts a connection after its end, as far as the operator knows;
   * observation can lengthen it.
   */
  readonly coolDownMs?: number
  /** Address of the guide. May hold credentials. */
  readonly epgUrl?: string
  /** For times of its guide that have no offset; missing: UTC. */
  readonly guideTimeZone?: string
  /** Of the clock by which its archive is addressed; missing: that of its guide. */
  readonly archiveTimeZone?: string
  /** Added to all times of its guide. */
  readonly guideShiftMs?: number
  /**
   * Label of the encoding of its list; without it what the answer or the list declares, or the list
   * shows.
   */
  readonly charset?: string
  /** Which entries of its list are taken. */
  readonly filters?: EntryFilters
}

export type SourceKind = 'live' | 'movie' | 'series'

/**
 * A login of a provider: it has its own connections. `secrets` has those of the source in the same
 * places, so that a sealed text can be opened for either.
 */
export type SourceLogin = Pick<Source, 'url' | 'accountId' | 'limit' | 'secrets'>

/** In the order in which they are sent. */
export type SourceHeaders = ReadonlyArray<readonly [name: string, value: string]>

/**
 * An entry is taken if no rule of `exclude` fits it and, for each field that `include` has rules
 * for, one of those does. Patterns of name and group are of RE2 and may fit anywhere in the text; a
 * kind is `live`, `movie` or `series`.
 */
export type EntryFilters = {
  readonly include: readonly EntryRule[]
  readonly exclude: readonly EntryRule[]
}

export type EntryRule = { readonly field: 'name' | 'group' | 'kind'; readonly pattern: string }

type ParsedSources = {
  readonly sources: readonly Source[]
  /** Why the text cannot be used, one sentence for each source; without secrets. */
  readonly problems: readonly string[]
  /** Values that were read differently from how they were written. */
  readonly warnings: readonly string[]
}

/** A number, so that Lua scripts can compare with it. */
export const UNLIMITED = 1_000_000
export const HIGHEST_LIMIT = 10_000

type Written = { readonly url: URL; readonly limit: number; readonly type?: 'xtream' }

/**
 * Reads `URL|MAX,URL|MAX`. A missing limit is 1; `unlimited` is spelled out, because a `0` is too
 * often a mistake. After a path the older `URL:MAX` works too. A comma ends a source after its
 * limit and before the next `http://`, so addresses may hold commas.
 */
export function parseSources(text: string): ParsedSources {
  const problems: string[] = []
  const warnings: string[] = []
  const written: Written[] = []
  for (const [index, part] of splitSources(text).entries()) {
    const result = parseSource(part)
    if (typeof result === 'string') problems.push(`source ${index + 1} ${result}`)
    else written.push(result)
  }
  const sources = nameSources(mergeLogins(written, warnings))
  return { sources, problems, warnings }
}

function splitSources(text: string): string[] {
  return text
    .split(/\r?\n|,(?=\s*[a-z][a-z0-9+.-]*:\/\/)|(?<=\|\s*[\w.-]*\s*),/i)
    .map((part) => part.replace(/^[\s,]+|[\s,]+$/g, ''))
    .filter((part) => part !== '')
}

function parseSource(part: string): Written | string {
  const bar = part.lastIndexOf('|')
  const older = bar < 0 ? OLDER_FORM.exec(part) : null
  const address = older?.[1] ?? (bar < 0 ? part : part.slice(0, bar)).trim()
  const limitText = older?.[2] ?? (bar < 0 ? '1' : part.slice(bar + 1).trim())
  if (!/^(?:https?|xtreams?):\/\/[^/]/i.test(address) || !URL.canParse(address)) {
    return 'is not an http://, https:// or xtream:// address'
  }
  const limit = parseLimit(limitText)
  const isXtream = /^xtream/i.test(address)
  const url = isXtream ? panelAddress(new URL(address)) : new URL(address)
  if (url === undefined) return `(${new URL(address).host}) has no login: write xtream://user:password@host`
  url.hash = ''
  if (limit === undefined) {
    return `(${url.host}) has a wrong limit: a whole number from 1 to ${HIGHEST_LIMIT}, or "unlimited", after the |`
  }
  return isXtream ? { url, limit, type: 'xtream' } : { url, limit }
}

/** The end of a MAC address is not a limit. */
const OLDER_FORM = /^([a-z]+:\/\/[^/]+\/.*)(?<!:[0-9a-f]{2}):(\d{1,3})$/i

function parseLimit(text: string): number | undefined {
  if (text.toLowerCase() === 'unlimited') return UNLIMITED
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0
  return limit >= 1 && limit <= HIGHEST_LIMIT ? limit : undefined
}

/**
 * The same login named twice is one customer of the provider: the smallest limit applies, and the
 * same address counts once.
 */
function mergeLogins(written: readonly Written[], warnings: string[]): Written[] {
  const byLogin = Map.groupBy(written, ({ url }) => accountKey(url))
  const smallest = new Map<string, number>()
  const types = new Map(written.map(({ url, type }) => [url.href, type]))
  for (const group of byLogin.values()) {
    const limit = Math.min(...group.map((source) => source.limit))
    for (const { url } of group) smallest.set(url.href, limit)
    const host = group[0]?.url.host
    if (new Set(group.map((source) => source.limit)).size > 1) {
      warnings.push(`SOURCES names one account at ${host} with different limits; the smallest, ${limit}, is used`)
    } else if (group.length > 1) {
      warnings.push(`SOURCES names one account at ${host} ${group.length} times`)
    }
  }
  return [...smallest]
    .map(([href, limit]): Written => {
      const type = types.get(href)
      return { url: new URL(href), limit, ...(type === undefined ? {} : { type }) }
    })
    .sort(inWrittenOrder(written))
}

function inWrittenOrder(written: readonly Written[]): (a: Written, b: Written) => number {
  const place = new Map(written.map(({ url }, index) => [url.href, index] as const).reverse())
  return (a, b) => (place.get(a.url.href) ?? 0) - (place.get(b.url.href) ?? 0)
}

function nameSources(written: readonly Written[]): Source[] {
  const idCounts = Map.groupBy(written, ({ url }) => sourceId(url))
  const usedIds = new Set<string>()
  const hostCounts = new Map<string, number>()
  return written.map(({ url, limit, type }): Source => {
    const plainId = sourceId(url)
    const wantedId = (idCounts.get(plainId)?.length ?? 0) > 1 ? `${plainId}-${loginMark(url)}` : plainId
    const sameHost = (hostCounts.get(url.host) ?? 0) + 1
    hostCounts.set(url.host, sameHost)
    const name = sameHost === 1 ? url.host : `${url.host} (${sameHost})`
    const id = unusedId(wantedId, usedIds)
    const source = { id, name, url: url.href, accountId: accountId(url), limit, secrets: findSecrets(url.href) }
    return type === undefined ? source : { ...source, type }
  })
}

function unusedId(wanted: string, used: Set<string>): string {
  let id = wanted
  for (let number = 2; used.has(id); number += 1) id = `${wanted}-${number}`
  used.add(id)
  return id
}
