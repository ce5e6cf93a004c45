import type { Settings, Source } from '@kptv/config'
import { type AddressPolicy, type FetchedPlaylist, fetchPlaylist, identityHeaders } from '@kptv/upstream'

/** Fetches the list of a source; throws `UpstreamError`, here and while iterating. */
export type FetchList = (
  source: Source,
  options: { etag?: string | undefined; lastModified?: string | undefined; signal: AbortSignal },
) => Promise<FetchedPlaylist>

/** Requests with the headers and time limits of the settings. */
export function createListFetcher(options: {
  settings: Pick<Settings, 'userAgent' | 'reqOrigin' | 'reqReferrer' | 'healthCheckTimeoutMs'>
  allowAddress: AddressPolicy
}): FetchList {
  const { settings, allowAddress } = options
  const headers = identityHeaders(settings)
  const timeoutMs = settings.healthCheckTimeoutMs
  return (source, conditions) => fetchPlaylist({ url: source.url, headers, allowAddress, timeoutMs, ...conditions })
}
