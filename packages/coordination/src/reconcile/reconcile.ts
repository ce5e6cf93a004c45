import type { Redis, RedisKeys } from '@kptv/redis'
import type { Incarnation } from '../incarnation.ts'
import { parseLeadRecord } from '../leadership/lead-record.ts'
import { resignLeadership } from '../leadership/leadership-scripts.ts'
import type { ConfirmLeft, EvidenceGatherer } from '../liveness/evidence.ts'
import type { Logger } from '../logger.ts'
import { createGoneHolderRemover } from '../slots/gone-holders.ts'
import { createLeftSlotRemover } from '../slots/left-slots.ts'
import { parseHolder } from '../slots/slot-holder.ts'
import type { Timing } from '../timing.ts'
import type { WarmUp } from '../warm-up/warm-up.ts'

export type ReconcileCounts = { slotsFreed: number; leadsEnded: number }

export type ReconcileOptions = {
  redis: Redis
  keys: RedisKeys
  incarnation: Incarnation
  timing: Timing
  warmUp: Pick<WarmUp, 'checkAll' | 'isWarm'>
  evidence: EvidenceGatherer
  /** Default: nobody can be asked. */
  confirmLeft?: ConfirmLeft
  /** All accounts that this node knows. */
  accountIds: () => readonly string[]
  logger: Logger
  /** After each search of this node, for metrics. */
  onDone?: (counts: ReconcileCounts) => void
}

export type Reconcile = ReturnType<typeof createReconcile>

/**
 * Clears away what dead processes, and those that are cut off, have left, so that nothing waits for the end of a lease that somebody could prove
 * over: their slots, and the leads of the channels for which dead ones held them. One node at a time does it for all.
 */
export function createReconcile(options: ReconcileOptions) {
  const { redis, keys, incarnation, timing, warmUp, evidence, accountIds, logger } = options
  const { confirmLeft = async () => false } = options
  const slotKeys = (accountId: string): [slots: string, holders: string] => [
    keys.accountSlots(accountId),
    keys.accountSlotHolders(accountId),
  ]
  const isOurs = (other: string) => other === incarnation.id
  const removeGoneHolders = createGoneHolderRemover({ redis, slotKeys, isOurs, timing, evidence })
  const removeLeftSlots = createLeftSlotRemover({ redis, slotKeys, isOurs, timing, confirmLeft })
  let timer: NodeJS.Timeout | undefined
  let running: Promise<unknown> | undefined

  /**
   * @returns what was cleared away; undefined when another node is at it, or Redis has just lost its memory.
   * Throws when Redis does not answer.
   */
  async function run(): Promise<ReconcileCounts | undefined> {
    const memories = await warmUp.checkAll()
    if (memories.failures.length > 0) throw memories.failures[0]
    if (!warmUp.isWarm()) return undefined
    const lockMs = Math.max(1, timing.reconcileMs - 2000)
    // Not given back: its end is the pause until the next search.
    if (!(await redis.set(keys.reconcileLock, incarnation.id, 'PX', lockMs, 'NX'))) return undefined
    const counts = { slotsFreed: 0, leadsEnded: 0 }
    for (const accountId of accountIds()) {
      const texts = await redis.hvals(keys.accountSlotHolders(accountId))
      counts.leadsEnded += await endLeads(texts)
      counts.slotsFreed += await removeGoneHolders(accountId, texts)
      counts.slotsFreed += await removeLeftSlots(accountId)
    }
    if (counts.slotsFreed + counts.leadsEnded > 0) logger.info(counts, 'cleared away what dead nodes have left')
    options.onDone?.(counts)
    return counts
  }

  /** Only on a tombstone; without one a lead ends by itself before the next search. */
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
      .catch((error: unknown) => logger.debug({ error }, 'could not look for what dead nodes have left'))
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
