import { holdsSealed } from '@kptv/addresses'
import type { CatalogChannel } from '@kptv/catalog'
import { openStream, type Settings, type Source } from '@kptv/config'
import { type AddressPolicy, fetchPlaylist, identityHeaders } from '@kptv/upstream'

const MAX_BYTES = 1024 * 1024
const LIMITS = { downloadBytes: MAX_BYTES, inflatedBytes: MAX_BYTES, totalMs: 15_000 }
const TIMEOUT_MS = 5_000

/** Where a logo is, with its login: never for logs or keys. */
export type LogoAddress = { readonly url: string; readonly source: Source }

/**
 * Opens the address of a channel's logo with the secrets of the source that it came from.
 * `undefined` if no source of the channel can.
 */
export function openLogo(
  sealed: string,
  { streams }: Pick<CatalogChannel, 'streams'>,
  sources: readonly Source[],
): LogoAddress | undefined {
  for (const { sourceId } of streams) {
    const source = sources.find(({ id }) => id === sourceId)
    if (source === undefined) continue
    const { url } = openStream({ url: sealed, headers: [] }, source)
    if (!holdsSealed(url) && URL.canParse(url)) return { url, source }
  }
  return undefined
}

/** Downloads a logo; throws `UpstreamError`. */
export type FetchLogo = (address: LogoAddress, signal: AbortSignal) => Promise<Buffer>

/**
 * Requests like those for media: the same judge of addresses at every hop, the same agent; fields
 * of the source only for its own host.
 */
export function createLogoFetcher(options: {
  readonly settings: Pick<Settings, 'userAgent' | 'reqOrigin' | 'reqReferrer'>
  readonly allowAddress: AddressPolicy
  readonly loopMark: () => string
}): FetchLogo {
  const { settings, allowAddress, loopMark } = options
  return async ({ url, source }, signal) => {
    const isAtSource = new URL(source.url).host === new URL(url).host
    const { userAgent = settings.userAgent, playHeaders = [], tls } = isAtSource ? source : {}
    const headers = [...identityHeaders({ ...settings, userAgent }), ...playHeaders]
    const policy = { tls, allowAddress, signal, loopMark: loopMark(), timeoutMs: TIMEOUT_MS, limits: LIMITS }
    const fetched = await fetchPlaylist({ url, headers, ...policy })
    return fetched.outcome === 'body' ? Buffer.concat(await Array.fromAsync(fetched.chunks)) : Buffer.alloc(0)
  }
}
