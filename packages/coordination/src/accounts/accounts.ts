import type { Redis, RedisKeys } from '@kptv/redis'
import { MAX_ASKED_MS } from '../retry-after.ts'
import { beginAttempt, endAttempt, leaveQueue, noteRefusal, noteSuccess, takeTurn } from './account-scripts.ts'

/** Attempts that brought nothing, in a minute: more get whole addresses banned. */
const ATTEMPTS_PER_MINUTE = 20
/** A place in the queue is renewed every second. */
const PLACE_MS = 3_000
const SHORTEST_REST_MS = 1_000
const MAX_REST_MS = 60_000
/** Of sessions with viewers: others who ask too often must not keep them from their picture. */
const MAX_SERVED_REST_MS = 5_000
const MAX_COOL_DOWN_MS = 10_000
/** Providers change, and what looked like late counting may have had another reason. */
const COOL_DOWN_HOLDS_MS = 60 * 60_000
/** Whoever waits asks again that soon after a rest; a later success says nothing of when the provider stopped counting. */
const PROMPT_MS = 1_000
const DAY_MS = 24 * 60 * 60_000

export type Account = {
  readonly accountId: string
  /** Connections that it allows at once. */
  readonly limit: number
}

/** One that wants a slot; unique in the cluster. With viewers it comes before those that have none yet. */
export type Waiter = { readonly name: string; readonly hasViewers: boolean }

/** From the end of the last connection to the attempt; none: long ago, or unknown. */
type LastClose = { readonly sinceCloseMs?: number | undefined }

export type Accounts = ReturnType<typeof createAccounts>

/**
 * How the provider of an account wants to be asked, known to all nodes: who may ask next, how often, and when not at all. The limit
 * itself is kept by the slots.
 *
 * Promised: oldest waiter first, those with viewers before all; at most 20 attempts (or `limit`, if that is more) in any minute
 * that bring nothing; none while the provider has asked us to stay away. Every function throws when Redis does not answer.
 *
 * @param options.redis the connection of the slots: what is noted here is known before a slot is given back
 */
export function createAccounts({ redis, keys }: { redis: Redis; keys: RedisKeys }) {
  const budgetOf = ({ limit }: Account): number => Math.max(ATTEMPTS_PER_MINUTE, limit)
  const keysOf = (accountId: string) => ({
    waiters: keys.accountWaiters(accountId),
    slots: keys.accountSlots(accountId),
    pace: keys.accountPace(accountId),
    attempts: keys.accountAttempts(accountId),
  })

  function turn(account: Account, { name, hasViewers }: Waiter, lifetimeMs: number) {
    const { waiters, slots, pace, attempts } = keysOf(account.accountId)
    const place = hasViewers ? 0 : 1
    return takeTurn(
      redis,
      [waiters, slots, pace, attempts],
      [place, name, account.limit, lifetimeMs, budgetOf(account)],
    )
  }

  return {
    /** Whether it may ask for a slot now. */
    mayRequest: (account: Account, waiter: Waiter) => turn(account, waiter, 0),

    /** Takes or keeps a place in the queue, for 3 s; tells whether it is the waiter's turn. */
    queue: (account: Account, waiter: Waiter) => turn(account, waiter, PLACE_MS),

    leaveQueue: (accountId: string, name: string) => leaveQueue(redis, [keysOf(accountId).waiters], [name]),

    /** Just before connecting, with the slot in hand. */
    beginAttempt(account: Account, slotId: string) {
      const { pace, attempts, slots } = keysOf(account.accountId)
      return beginAttempt(redis, [pace, attempts, slots], [slotId, account.limit, budgetOf(account)])
    },

    /** The provider says that the limit is reached, whatever we count. @returns how long the account rests */
    noteRefusal(accountId: string, refusal: { streamId: string } & LastClose & { retryAfterMs?: number | undefined }) {
      const { streamId, sinceCloseMs = -1, retryAfterMs = -1 } = refusal
      const rests = [SHORTEST_REST_MS, MAX_REST_MS, MAX_SERVED_REST_MS, MAX_ASKED_MS, DAY_MS] as const
      const facts = [streamId, Math.round(sinceCloseMs), Math.round(retryAfterMs)] as const
      return noteRefusal(redis, [keysOf(accountId).pace], [...facts, ...rests])
    },

    /** Media has come. @returns how long its provider counts a connection after its end, as far as was observed */
    noteSuccess(accountId: string, success: { streamId: string } & LastClose) {
      const { streamId, sinceCloseMs = -1 } = success
      const limits = [MAX_COOL_DOWN_MS, COOL_DOWN_HOLDS_MS, PROMPT_MS, DAY_MS] as const
      return noteSuccess(redis, [keysOf(accountId).pace], [streamId, Math.round(sinceCloseMs), ...limits])
    },

    /** After the socket has closed, before the slot is given back; and before that for one that is harmless whatever comes. */
    endAttempt(accountId: string, slotId: string, how: { isCounted: boolean; isHarmless: boolean }): Promise<void> {
      const { pace, attempts } = keysOf(accountId)
      return endAttempt(redis, [pace, attempts], [slotId, how.isCounted ? 1 : 0, how.isHarmless ? 1 : 0, DAY_MS])
    },
  }
}
