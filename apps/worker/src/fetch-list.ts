import type { Settings, Source } from '@kptv/config'
import { type AddressPolicy, type FetchedPlaylist, fetchPlaylist, identityHeaders } from '@kptv/upstream'

/** Fetches the list of a source; throws `UpstreamError`, here and while iterating. */
export type FetchList = (
  source: Source,
  options: {
    readonly etag?: string | undefined
    readonly lastModified?: string | undefined
    readonly signal: AbortSignal
  },
) => Promise<FetchedPlaylist>

/**
 * Requests with the time limits of the settings, and the header fields of the settings and the
 * source.
 */
export function createListFetcher(options: {
  readonly settings: Pick<Settings, 'userAgent' | 'reqOrigin' | 'reqReferrer' | 'healthCheckTimeoutMs'>
  readonly allowAddress: AddressPolicy
}): FetchList {
  const { settings, allowAddress } = options
  const timeoutMs = settings.healthCheckTimeoutMs
  return (source, conditions) => {
    const { url, userAgent = settings.userAgent, listHeaders = [], tls } = source
    // The last of a name wins.
    const headers = [...identityHeaders({ ...settings, userAgent }), ...listHeaders]
    return fetchPlaylist({ url, headers, tls, allowAddress, timeoutMs, ...conditions })
  }
}
