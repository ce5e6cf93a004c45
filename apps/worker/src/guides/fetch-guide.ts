import type { Settings, Source } from '@kptv/config'
import { type AddressPolicy, type FetchedPlaylist, fetchPlaylist, identityHeaders } from '@kptv/upstream'
import type { Guide } from './guide.ts'
import { unpackGuide } from './unpack-guide.ts'

/**
 * Fetches a guide, decompressed; throws `UpstreamError` or `GuideFileError`, here and while
 * iterating.
 */
export type FetchGuide = (
  guide: Guide,
  options: {
    readonly etag?: string | undefined
    readonly lastModified?: string | undefined
    readonly signal: AbortSignal
  },
) => Promise<FetchedPlaylist>

/** Guides are larger than lists, and their hosts slower. */
const GUIDE_LIMITS = { downloadBytes: 1024 ** 3, inflatedBytes: 4 * 1024 ** 3, ratio: 100, totalMs: 30 * 60_000 }

/**
 * Requests like those for lists, with the header fields of the source that names the guide, if it
 * is at the source's host.
 */
export function createGuideFetcher(options: {
  readonly settings: Pick<Settings, 'userAgent' | 'reqOrigin' | 'reqReferrer' | 'healthCheckTimeoutMs'>
  readonly sources: () => readonly Source[]
  readonly allowAddress: AddressPolicy
}): FetchGuide {
  const { settings, sources, allowAddress } = options
  return async ({ url, sourceId }, conditions) => {
    const source = sources().find(({ id }) => id === sourceId)
    const isAtSource = source !== undefined && new URL(source.url).host === new URL(url).host
    const { userAgent = settings.userAgent, listHeaders = [], tls } = isAtSource ? source : {}
    const headers = [...identityHeaders({ ...settings, userAgent }), ...listHeaders]
    const timeoutMs = settings.healthCheckTimeoutMs
    const fetched = await fetchPlaylist({
      url,
      headers,
      tls,
      allowAddress,
      timeoutMs,
      limits: GUIDE_LIMITS,
      ...conditions,
    })
    return fetched.outcome === 'body' ? { ...fetched, chunks: unpackGuide(fetched.chunks) } : fetched
  }
}
