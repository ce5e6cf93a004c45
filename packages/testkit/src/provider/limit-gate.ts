import type { ProviderAccount } from './provider-options.ts'
import type { TruthBook } from './provider-truth.ts'
import type { StatusAnswer } from './send-status.ts'
import type { StreamResponse } from './stream-response.ts'

/** Applies an account's limit to one more stream: a refusal, or undefined if it may play. */
export function admitStream(context: {
  readonly account: ProviderAccount
  readonly streamId: string
  readonly truth: TruthBook
  /** Closed streams that still count. */
  readonly lag: Array<{ readonly user: string; readonly untilMs: number }>
  readonly streams: ReadonlySet<StreamResponse>
}): StatusAnswer | undefined {
  const { account, streamId, truth, lag, streams } = context
  const { user, limit, policy = { kind: 'refuse' } } = account
  const atMs = performance.now()
  const open = truth.openOf(user)
  if (open >= limit) truth.violation({ atMs, user, streamId, open, limit })

  switch (policy.kind) {
    case 'refuse': {
      const { status = 403, retryAfterSeconds } = policy
      const retryAfter = retryAfterSeconds === undefined ? {} : { retryAfterSeconds }
      return open >= limit ? { code: status, ...retryAfter, body: 'too many connections' } : undefined
    }
    case 'kick-oldest': {
      if (open < limit) return undefined
      const oldest = [...streams]
        .filter((stream) => stream.user === user)
        .sort((one, other) => one.openedAtMs - other.openedAtMs)[0]
      oldest?.cut('reset')
      truth.add('kicks', 1)
      return undefined
    }
    case 'count-lag': {
      const lagging = lag.filter((one) => one.user === user && one.untilMs > atMs).length
      if (open + lagging < limit) return undefined
      if (open < limit) truth.add('lagRefusals', 1)
      return { code: policy.status ?? 403, body: 'too many connections' }
    }
  }
}
