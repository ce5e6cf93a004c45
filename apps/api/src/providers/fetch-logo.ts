import { type AddressPolicy, fetchPlaylist, identityHeaders } from '@kptv/upstream'

const MAX_BYTES = 512 * 1024
const LIMITS = { downloadBytes: MAX_BYTES, inflatedBytes: MAX_BYTES, totalMs: 10_000 }
const TIMEOUT_MS = 5_000

/**
 * The bytes at the address of a logo, within limits of size and time, and only from addresses that
 * streams may have too.
 *
 * @throws UpstreamError
 */
export function createLogoFetcher(settings: { readonly userAgent: string }, allowAddress: AddressPolicy) {
  return async (url: string): Promise<Buffer> => {
    const headers = identityHeaders({ userAgent: settings.userAgent, reqOrigin: undefined, reqReferrer: undefined })
    const signal = AbortSignal.timeout(LIMITS.totalMs)
    const fetched = await fetchPlaylist({ url, headers, signal, allowAddress, timeoutMs: TIMEOUT_MS, limits: LIMITS })
    if (fetched.outcome !== 'body') return Buffer.alloc(0)
    return Buffer.concat(await Array.fromAsync(fetched.chunks))
  }
}
