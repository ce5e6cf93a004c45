import type { LookupFunction } from 'node:net'
import { createAddressPolicy } from '../src/address-policy.ts'
import { UpstreamError } from '../src/upstream-error.ts'

/** Loopback is where the test providers are. */
const allowLoopback = createAddressPolicy({ allowedCidrs: ['127.0.0.0/8', '::1'], allowedHosts: [] })

/**
 * Defaults for the requests of tests; limits are generous, and tests pass those that they check.
 */
export function requestOptions() {
  return {
    headers: [],
    signal: new AbortController().signal,
    allowAddress: allowLoopback,
    timeouts: { connectMs: 10_000, responseMs: 10_000 },
  }
}

/** The same for lists. */
export function listRequest(url: string) {
  return { url, headers: [], signal: new AbortController().signal, allowAddress: allowLoopback, timeoutMs: 10_000 }
}

/** Names that exist in one test only. */
export function lookupFrom(addresses: Readonly<Record<string, readonly string[]>>): LookupFunction {
  return (hostname, _options, callback) => {
    const found = addresses[hostname]
    if (!found) return callback(Object.assign(new Error(`no such name ${hostname}`), { code: 'ENOTFOUND' }), '')
    callback(
      null,
      found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }
}

/** The error that must come; fails if none does, or another kind. */
export async function failureOf(attempt: Promise<unknown>): Promise<UpstreamError> {
  const result = await attempt.then(
    () => new Error('it did not fail'),
    (error: unknown) => error,
  )
  if (result instanceof UpstreamError) return result
  throw result
}

export async function collect(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const collected: Buffer[] = []
  for await (const chunk of chunks) collected.push(chunk)
  return Buffer.concat(collected)
}
