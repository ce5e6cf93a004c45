import type { Failure, FailureKind } from './model.ts'

/**
 * How failover reacts to a failure.
 * - `again`: when this session tries the stream again. `next-round`: after all others, and up to
 *   `maxRetries` times. `with-a-slot`: as soon as its account may be contacted, however often.
 *   `at-once`: it did nothing wrong. `never`: trying is useless.
 * - `blames`: what all nodes remember as the culprit. A stream that fails too often rests, and so
 *   does an account that refuses; with `Retry-After` each rests for that long.
 * - `proves`: whether another node would have met the same failure. `nothing`: this node's own
 *   route, or its address, may be the reason.
 * - `account`: `last` means that other streams of the same login come after those of other logins,
 *   because the login may be the reason.
 */
type Consequence = {
  readonly again: 'next-round' | 'with-a-slot' | 'at-once' | 'never'
  readonly blames: 'stream' | 'account' | 'nobody'
  readonly proves: 'much' | 'nothing'
  readonly account: 'as-before' | 'last'
}

/**
 * The only table of reactions. `packages/upstream/src/classify-failure.ts` decides which HTTP
 * status or error is of which kind.
 */
export const CONSEQUENCES: Readonly<Record<FailureKind, Consequence>> = {
  passing: { again: 'next-round', blames: 'stream', proves: 'much', account: 'as-before' },
  unreached: { again: 'next-round', blames: 'stream', proves: 'nothing', account: 'as-before' },
  ended: { again: 'next-round', blames: 'stream', proves: 'much', account: 'as-before' },
  busy: { again: 'with-a-slot', blames: 'account', proves: 'nothing', account: 'as-before' },
  denied: { again: 'next-round', blames: 'stream', proves: 'nothing', account: 'last' },
  gone: { again: 'never', blames: 'stream', proves: 'much', account: 'as-before' },
  unplayable: { again: 'never', blames: 'stream', proves: 'much', account: 'as-before' },
  finished: { again: 'never', blames: 'nobody', proves: 'much', account: 'as-before' },
  withdrawn: { again: 'at-once', blames: 'nobody', proves: 'much', account: 'as-before' },
}

const COUNTED_LATE = 'counted-late'

/**
 * Another node might not have met this failure, unless our own count of connections explains it.
 */
export function mayBeThisNode({ kind, code }: Failure): boolean {
  return CONSEQUENCES[kind].proves === 'nothing' && code !== COUNTED_LATE
}

/** The account at the start of the attempt. */
export type AccountFacts = {
  /**
   * Since the end of the last connection that its provider counted; `undefined`: long ago.
   * Milliseconds.
   */
  readonly sinceCloseMs: number | undefined
  /** All its slots are taken, including ours. */
  readonly isFull: boolean
}

/**
 * No known provider counts a connection for longer after its end; a later refusal has another
 * reason.
 */
export const LATE_COUNT_MS = 10_000

/**
 * Many providers answer `403` or `401` when they mean that the limit is reached. A provider that
 * counts late answers so to a request that replaces a connection closed a moment ago, although our
 * own count is right: that is `busy`, not `denied`.
 */
export function explainRefusal(failure: Failure, { sinceCloseMs, isFull }: AccountFacts): Failure {
  if (failure.kind !== 'denied' || !MEANT_AS_LIMIT.has(failure.code)) return failure
  if (!isFull || sinceCloseMs === undefined || sinceCloseMs > LATE_COUNT_MS) return failure
  return { ...failure, kind: 'busy', code: COUNTED_LATE }
}

const MEANT_AS_LIMIT = new Set(['forbidden', 'unauthorized', 'account-refused', 'refused'])
