import { randomBytes } from 'node:crypto'
import type { ProviderAccount } from './provider-options.ts'

type Redirected = {
  readonly kind: 'stream'
  readonly account: ProviderAccount
  readonly streamId: string
  readonly path: string
  readonly agent: string | undefined
  readonly redirectsLeft: number
}

/** Addresses with tokens, each good for its lifetime. */
export function createRedirects() {
  const tokens = new Map<string, Redirected & { readonly untilMs: number }>()
  return {
    /** A path to be redirected to. */
    issue({ lifetimeMs, ...target }: Omit<Redirected, 'kind'> & { readonly lifetimeMs: number }): string {
      const token = randomBytes(12).toString('hex')
      tokens.set(token, { ...target, kind: 'stream', untilMs: performance.now() + lifetimeMs })
      return `/token/${token}`
    },
    /** The address behind the token; undefined if it is unknown or too old. */
    resolve(token: string): Redirected | undefined {
      const known = tokens.get(token)
      return known && known.untilMs > performance.now() ? known : undefined
    },
  }
}
