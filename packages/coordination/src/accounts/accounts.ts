import type { Redis, RedisKeys } from '@kptv/redis'
import { machineOf } from '../nodes/machine.ts'
import { MAX_PRIORITY } from '../priority.ts'
import { MAX_ASKED_MS } from '../retry-after.ts'
import { beginAttempt, endAttempt, leaveQueue, noteRefusal, noteSuccess, takeTurn } from './account-scripts.ts'

/** Attempts without media per minute: more than this gets whole addresses banned. */
const ATTEMPTS_PER_MINUTE = 20
/**
 * Sessions with viewers have this many budgets: the attempts of other sessions never use them up.
 */
const SERVED_BUDGETS = 2
/** A place in the queue is renewed every second. */
const PLACE_MS = 3_000
const SHORTEST_REST_MS = 1_000
const MAX_REST_MS = 60_000
/** For sessions with viewers: attempts by other sessions must not keep them from their video. */
const MAX_SERVED_REST_MS = 5_000
const MAX_COOL_DOWN_MS = 10_000
/** Providers change, and apparent late counting may have had another reason. */
const COOL_DOWN_HOLDS_MS = 60 * 60_000
/**
 * Waiting sessions try again this soon after a rest; a later success does not show when the
 * provider stopped counting.
 */
const PROMPT_MS = 1_000
const DAY_MS = 24 * 60 * 60_000

export type Account = {
  readonly accountId: string
  /** Connections that the account allows at once. */
  readonly limit: number
}

/**
 * A session that wants a slot; unique in the cluster. The highest priority comes first, then
 * sessions with viewers.
 */
export type Waiter = {
  readonly name: string
  readonly hasViewers: boolean
  /** The highest of its viewers: 0, unless the users file says more. */
  readonly priority?: number
}

/** From the end of the last connection to the attempt; unset when that is long ago or unknown. */
type LastClose = { readonly sinceCloseMs?: number | undefined }

type AttemptKind = {
  readonly hasViewers?: boolean
  /**
   * With the slot of a former leader: it replaces that leader's connection, so no rest binds it.
   */
  readonly isInherited?: boolean
}

type Refusal = LastClose & { readonly streamId: string; readonly retryAfterMs?: number | undefined }

type AccountsOptions = {
  /** The connection of the slots: notes made here are known before a slot is given back. */
  readonly redis: Redis
  readonly keys: RedisKeys
  /** NODE_ID of this process. */
  readonly nodeId: string
  /** Whether no other machine is alive, as far as this process knows. */
  readonly isAlone: () => boolean
}

/**
 * Decides for the whole cluster which session may contact the provider of an account next, how
 * often, and when none may. The slots enforce the limit.
 *
 * Promised: the oldest waiter of the highest priority goes first, sessions with viewers before all
 * others of their priority; sessions without
 * viewers get at most 20 attempts (or `limit`, if that is more) without media in any minute; none
 * during a rest that the provider demanded of this machine, or of two. Every function throws when
 * Redis does not answer.
 */
export function createAccounts({ redis, keys, nodeId, isAlone }: AccountsOptions) {
  const machine = machineOf(nodeId)
  const budgetOf = ({ limit }: Account, hasViewers: boolean): number =>
    Math.max(ATTEMPTS_PER_MINUTE, limit) * (hasViewers ? SERVED_BUDGETS : 1)
  const keysOf = (accountId: string) => ({
    waiters: keys.accountWaiters(accountId),
    slots: keys.accountSlots(accountId),
    pace: keys.accountPace(accountId),
    attempts: keys.accountAttempts(accountId),
  })

  function turn(account: Account, waiter: Waiter, lifetimeMs: number) {
    const { name, hasViewers } = waiter
    const { waiters, slots, pace, attempts } = keysOf(account.accountId)
    const budget = budgetOf(account, hasViewers)
    const args = [rankOf(waiter), name, account.limit, lifetimeMs, budget, machine] as const
    return takeTurn(redis, [waiters, slots, pace, attempts], args)
  }

  return {
    /** Whether the session may take a slot now. */
    mayRequest: (account: Account, waiter: Waiter) => turn(account, waiter, 0),

    /** Takes or keeps a place in the queue, for 3 s; reports whether it is the waiter's turn. */
    queue: (account: Account, waiter: Waiter) => turn(account, waiter, PLACE_MS),

    leaveQueue: (accountId: string, name: string) => leaveQueue(redis, [keysOf(accountId).waiters], [name]),

    /**
     * Call it just before connecting, with the slot in hand; or send it together with the request
     * for the slot, as `onSent` of `slots.acquire`. Another attempt may have been refused since the
     * turn was given, so the rest and the budget are checked again.
     */
    beginAttempt(account: Account, slotId: string, { hasViewers = false, isInherited = false }: AttemptKind = {}) {
      const { pace, attempts, slots } = keysOf(account.accountId)
      const rest = isInherited ? '' : hasViewers ? 'servedRestUntil' : 'restUntil'
      const args = [slotId, account.limit, budgetOf(account, hasViewers), machine, rest] as const
      return beginAttempt(redis, [pace, attempts, slots], args)
    },

    /**
     * The provider reports that the limit is reached, which may differ from our own count. @returns
     * how long the account rests
     */
    noteRefusal(accountId: string, { streamId, sinceCloseMs = -1, retryAfterMs = -1 }: Refusal) {
      const rests = [SHORTEST_REST_MS, MAX_REST_MS, MAX_SERVED_REST_MS, MAX_ASKED_MS, DAY_MS] as const
      const facts = [streamId, Math.round(sinceCloseMs), Math.round(retryAfterMs)] as const
      return noteRefusal(redis, [keysOf(accountId).pace], [...facts, ...rests, machine, isAlone() ? 1 : 2])
    },

    /**
     * The first media has arrived. @returns how long the provider keeps counting a connection
     * after its end, as far as observed
     */
    noteSuccess(accountId: string, { streamId, sinceCloseMs = -1 }: LastClose & { readonly streamId: string }) {
      const limits = [MAX_COOL_DOWN_MS, COOL_DOWN_HOLDS_MS, PROMPT_MS, DAY_MS] as const
      return noteSuccess(redis, [keysOf(accountId).pace], [streamId, Math.round(sinceCloseMs), ...limits, machine])
    },

    /**
     * Call it after the socket has closed and before the slot is given back; earlier for an attempt
     * that is harmless in any case. Harmless: it played, was no longer wanted, or its failure says
     * nothing about the account.
     */
    endAttempt(
      accountId: string,
      slotId: string,
      how: { readonly isCounted: boolean; readonly isHarmless: boolean },
    ): Promise<void> {
      const { pace, attempts } = keysOf(accountId)
      return endAttempt(redis, [pace, attempts], [slotId, how.isCounted ? 1 : 0, how.isHarmless ? 1 : 0, DAY_MS])
    },
  }
}

/** The place in the queue, as text that sorts: four digits. */
export function rankOf({ hasViewers, priority = 0 }: Waiter): string {
  return String((MAX_PRIORITY - priority) * 10 + (hasViewers ? 0 : 1)).padStart(4, '0')
}
