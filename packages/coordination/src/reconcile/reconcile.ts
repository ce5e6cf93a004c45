import type { Redis, RedisKeys } from '@kptv/redis'
import type { Account } from '../accounts/accounts.ts'
import type { Incarnation } from '../incarnation.ts'
import { parseLeadRecord } from '../leadership/lead-record.ts'
import { resignLeadership } from '../leadership/leadership-scripts.ts'
import type { ConfirmLeft, EvidenceGatherer } from '../liveness/evidence.ts'
import type { Logger } from '../logger.ts'
import type { Presence } from '../presence/presence.ts'
import { createGoneHolderRemover } from '../slots/gone-holders.ts'
import { createLeftSlotRemover } from '../slots/left-slots.ts'
import { parseHolder } from '../slots/slot-holder.ts'
import type { Timing } from '../timing.ts'
import type { WarmUp } from '../warm-up/warm-up.ts'
import { createLimitEnforcer } from './lowered-limits.ts'

type ReconcileCounts = {
  readonly slotsFreed: number
  readonly leadsEnded: number
  /** Of accounts whose limit was lowered. */
  readonly slotsRevoked: number
}

type ReconcileOptions = {
  readonly redis: Redis
  readonly keys: RedisKeys
  readonly incarnation: Incarnation
  readonly timing: Timing
  readonly warmUp: Pick<WarmUp, 'checkAll' | 'isWarm'>
  readonly evidence: EvidenceGatherer
  readonly confirmLeft: ConfirmLeft
  readonly presence: Pick<Presence, 'totalViewers'>
  /** All accounts that this node knows, with their present limits. */
  readonly accounts: () => readonly Account[]
  readonly logger: Logger
}

/**
 * Clears away what dead or cut-off processes have left, so that nothing waits for a lease whose end
 * can be proven: their slots, and the leads of the channels for which dead processes held them.
 * Enforces lowered limits. One node at a time does it for all.
 */
export function createReconcile(options: ReconcileOptions) {
  const { redis, keys, incarnation, timing, warmUp, evidence, accounts, confirmLeft, presence, logger } = options
  const slotKeys = (accountId: string): [slots: string, holders: string] => [
    keys.accountSlots(accountId),
    keys.accountSlotHolders(accountId),
  ]
  const isOurs = (other: string) => other === incarnation.id
  const removeGoneHolders = createGoneHolderRemover({ redis, slotKeys, isOurs, timing, evidence })
  const removeLeftSlots = createLeftSlotRemover({ redis, slotKeys, isOurs, timing, confirmLeft })
  const enforceLimit = createLimitEnforcer({ redis, slotKeys, presence, logger })
  /** Accounts that no longer belong to any source, while they have slots. */
  const former = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let running: Promise<unknown> | undefined

  /**
   * @returns what was cleared away; undefined when another node is running it, or Redis has just
   * lost its memory. Throws when Redis does not answer.
   */
  async function run(): Promise<ReconcileCounts | undefined> {
    const memories = await warmUp.checkAll()
    if (memories.failures.length > 0) throw memories.failures[0]
    if (!warmUp.isWarm()) return undefined
    const lockMs = Math.max(1, timing.reconcileMs - 2000)
    // Not given back: its expiry is the pause until the next search.
    if (!(await redis.set(keys.reconcileLock, incarnation.id, 'PX', lockMs, 'NX'))) return undefined
    const counts = { slotsFreed: 0, leadsEnded: 0, slotsRevoked: 0 }
    const current = accounts()
    for (const accountId of new Set([...former, ...current.map((account) => account.accountId)])) {
      const texts = await redis.hvals(keys.accountSlotHolders(accountId))
      counts.leadsEnded += await endLeads(texts)
      counts.slotsFreed += await removeGoneHolders(accountId, texts)
      counts.slotsFreed += await removeLeftSlots(accountId)
      if (texts.length > 0) former.add(accountId)
      else former.delete(accountId)
    }
    for (const account of current) counts.slotsRevoked += await enforceLimit(account)
    if (counts.slotsFreed + counts.leadsEnded > 0) logger.info(counts, 'cleared leases that dead nodes left')
    return counts
  }

  /** Only on a tombstone; without one a lead expires before the next search. */
  async function endLeads(texts: readonly string[]): Promise<number> {
    let ended = 0
    for (const channelId of new Set(texts.flatMap((text) => parseHolder(text)?.channel ?? []))) {
      const leadKey = keys.channelLead(channelId)
      const lead = parseLeadRecord(await redis.hgetall(leadKey))
      if (!lead || isOurs(lead.incarnation) || !(await redis.exists(keys.dead(lead.incarnation)))) continue
      if (await resignLeadership(redis, [leadKey], [lead.incarnation, lead.term])) ended += 1
    }
    return ended
  }

  function tick(): void {
    running = run()
      .catch((error: unknown) => logger.debug({ error }, 'reconciling failed'))
      .finally(() => {
        running = undefined
      })
    timer = setTimeout(tick, timing.reconcileMs)
  }

  return {
    run,

    /** Searches at once, and then every {@link Timing.reconcileMs}. */
    start(): void {
      if (!timer) tick()
    },

    async [Symbol.asyncDispose](): Promise<void> {
      clearTimeout(timer)
      await running
    },
  }
}
