import type { SourceAccount } from '@kptv/catalog'
import { loginsOf, type Source, type SourceLogin } from '@kptv/config'
import type { Skipped } from '@kptv/playlist'
import type { FetchList } from '../fetch-list.ts'
import { type M3uOptions, readM3u } from './m3u.ts'
import type { SourceReader } from './source-reader.ts'
import { logIn, usableLogin } from './xtream/log-in.ts'
import { PanelError } from './xtream/panel-error.ts'
import { type FetchBody, readPanel } from './xtream/read-panel.ts'

type OpenedSource =
  | { readonly outcome: 'not-modified' }
  | {
      readonly outcome: 'list'
      readonly reader: SourceReader
      /** Whose credentials the list shows. */
      readonly login: SourceLogin
      readonly etag?: string | undefined
      readonly lastModified?: string | undefined
    }

type OpenOptions = {
  readonly fetchList: FetchList
  readonly m3u?: M3uOptions | undefined
  readonly etag?: string | undefined
  readonly lastModified?: string | undefined
  readonly signal: AbortSignal
  /** What the provider says about the logins, before the list is read. */
  readonly noteAccounts: (accounts: readonly SourceAccount[]) => Promise<void>
  /** Gets each entry that is left out. */
  readonly noteSkipped: (skipped: Skipped) => void
  readonly nowMs: () => number
}

/** Requests the list of a source, of any kind. Throws what makes it unusable at once. */
export function openSource(source: Source, options: OpenOptions): Promise<OpenedSource> {
  return source.type === 'xtream' ? openPanel(source, options) : openPlaylist(source, options)
}

async function openPlaylist(
  source: Source,
  { fetchList, m3u, etag, lastModified, signal, noteSkipped }: OpenOptions,
): Promise<OpenedSource> {
  let failure: unknown
  for (const login of loginsOf(source)) {
    try {
      const fetched = await fetchList({ ...source, url: login.url }, { etag, lastModified, signal })
      if (fetched.outcome === 'not-modified') return fetched
      const reader = readM3u(source, fetched, { ...m3u, noteSkipped })
      return { outcome: 'list', reader, login, etag: fetched.etag, lastModified: fetched.lastModified }
    } catch (error) {
      // Another login may still get the list. The first failure says most.
      failure ??= error
      if (signal.aborted) break
    }
  }
  throw failure
}

/** Panels do not say whether their lists have changed. */
async function openPanel(
  source: Source,
  { fetchList, signal, noteAccounts, noteSkipped, nowMs }: OpenOptions,
): Promise<OpenedSource> {
  const fetchBody: FetchBody = async (url) => {
    const fetched = await fetchList({ ...source, url }, { signal })
    if (fetched.outcome === 'not-modified') throw new PanelError('no-panel', 'the panel answers 304 to everything')
    return fetched.chunks
  }
  const reports = await logIn(source, fetchBody)
  const checkedAt = new Date(nowMs()).toISOString()
  await noteAccounts(
    reports.map(({ login, account }): SourceAccount => {
      const { isAccepted, expiresAtMs, ...facts } = account ?? { isAccepted: false, status: 'unreached' as const }
      const expiresAt = expiresAtMs === undefined ? {} : { expiresAt: new Date(expiresAtMs).toISOString() }
      return { account: login.accountId, checkedAt, isAccepted, ...facts, ...expiresAt }
    }),
  )
  const login = usableLogin(reports)
  const wanted = source.kinds ?? ['live']
  const kinds = (['live', 'movie', 'series'] as const).filter((kind) => wanted.includes(kind))
  return { outcome: 'list', reader: readPanel(login, { kinds, fetchBody, noteSkipped }), login }
}
