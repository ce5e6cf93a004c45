import type { Redis, RedisKeys } from '@kptv/redis'
import type { CommandRunner } from '../heartbeat/command-batch.ts'
import type { Incarnation } from '../incarnation.ts'
import { type CommonLossReason, failuresOf, type HeldLease, HeldLeases, renewed } from '../leases/held-leases.ts'
import type { LeaseClock, Standing } from '../leases/lease-clock.ts'
import type { EvidenceGatherer, Proof } from '../liveness/evidence.ts'
import type { Timing } from '../timing.ts'
import type { MemoryState, MemoryView, WarmUp } from '../warm-up/warm-up.ts'
import { createClaim } from './claim.ts'
import { type LeadRecord, parseLeadRecord } from './lead-record.ts'
import {
  claimLeadership,
  declineLeadership,
  handOverLeadership,
  renewLeadership,
  resignLeadership,
} from './leadership-scripts.ts'

type ClaimOutcome =
  /**
   * `inherits`: the process and its slot, to be passed to `slots.acquire` of the same account.
   * Absent after a hand-over: the old leader gives its slot back itself.
   */
  | {
      readonly outcome: 'leading'
      readonly term: number
      readonly inherits?: Proof & { readonly accountId: string; readonly slotId: string }
    }
  | { readonly outcome: 'led'; readonly by: LeadRecord }
  /** Redis has lost its memory; only former leaders may lead until then. */
  | { readonly outcome: 'cold'; readonly retryAfterMs: number }

/**
 * `taken`: another process leads. `handed-over`: as we had offered. `missing`: the record expired
 * or was deleted. `deadline`: not renewed for too long. `declared-dead`: others may believe that
 * this process is gone.
 */
export type LeadLossReason = CommonLossReason | 'handed-over'

type HeldLead = {
  readonly channelId: string
  readonly term: number
  readonly accountId: string
  readonly slotId: string
}

type Held = HeldLease & {
  readonly channelId: string
  readonly term: number
  readonly accountId: string
  readonly slotId: string
  handedTo?: string
}
type LossListener = (channelId: string, term: number, reason: LeadLossReason) => void

type LeadershipOptions = {
  readonly redis: Redis
  readonly keys: RedisKeys
  readonly incarnation: Incarnation
  readonly nodeId: string
  readonly timing: Pick<Timing, 'leaseMs' | 'proofAgeMs' | 'beatMs'>
  readonly clock: LeaseClock
  readonly warmUp: Pick<WarmUp, 'check'>
  readonly evidence: EvidenceGatherer
}

export type Leadership = ReturnType<typeof createLeadership>

/**
 * Decides which node pulls a channel. One process leads a channel at a time, under a term that only
 * grows.
 *
 * Contract for the caller: pull and publish only while {@link mayLead} is true, checked for each
 * piece of media; when `onLost` fires, close the provider's connection in the same turn; claim a
 * channel again only after that. If Redis does not answer, another node may lead.
 */
export function createLeadership(options: LeadershipOptions) {
  const { redis, keys, incarnation, nodeId, timing, clock } = options
  const { leaseMs, proofAgeMs } = timing
  const sendClaim = createClaim({ ...options, monotonicMs: clock.monotonicMs })
  const claiming = new Map<string, Promise<ClaimOutcome>>()
  /**
   * No longer led, but Redis may still believe so: channel → lead to resign. An empty term means
   * any term.
   */
  const ended = new Map<string, { readonly incarnation: string; readonly term: number | '' }>()
  const resigning = new Set<string>()
  const listeners = new Set<LossListener>()
  const leadKeys = (channelId: string) => [keys.channelLead(channelId), keys.channelTerm(channelId)] as const
  const leads = new HeldLeases<Held, 'handed-over'>({
    clock,
    idOf: ({ channelId }) => channelId,
    keyOf: ({ channelId }) => keys.channelLead(channelId),
    holdAgain,
    onLost(lost, reason) {
      for (const { channelId, incarnation: of, term } of lost) {
        ended.set(channelId, { incarnation: of, term })
        for (const listener of listeners) listener(channelId, term, reason)
      }
    },
  })

  async function claimOnce(channelId: string): Promise<ClaimOutcome> {
    const { id } = incarnation
    // A claim whose answer came too late may have succeeded, for an incarnation that is gone.
    if (resigning.has(channelId)) await resignEnded(channelId, redis)
    let result: Awaited<ReturnType<typeof sendClaim>>
    try {
      result = await sendClaim({ keys: leadKeys(channelId), incarnation: id })
    } catch (error) {
      endLater(channelId, { incarnation: id, term: '' })
      throw error
    }
    if (result.outcome !== 'leading') return result
    const { term, memory, sentAtMs, from, evidence } = result
    // Declared dead meanwhile, or the answer came too late to be of use.
    if (incarnation.id !== id || clock.isExpired({ renewedAtMs: sentAtMs })) {
      endLater(channelId, { incarnation: id, term })
      throw new Error('leadership granted too late')
    }
    ended.delete(channelId)
    resigning.delete(channelId)
    const lease = { incarnation: id, memory, renewedAtMs: sentAtMs, found: 'unknown' as const }
    leads.hold({ channelId, term, accountId: '', slotId: '', ...lease })
    if (!from || !evidence || evidence === 'handed-over') return { outcome: 'leading', term }
    const inherits = { fromIncarnation: from.incarnation, evidence, accountId: from.account, slotId: from.slot }
    return { outcome: 'leading', term, inherits }
  }

  function endLater(
    channelId: string,
    { incarnation, term }: { readonly incarnation: string; readonly term: number | '' },
  ): void {
    ended.set(channelId, { incarnation, term })
    resigning.add(channelId)
  }

  async function renew(lead: Held, runner: CommandRunner): Promise<void> {
    const { channelId, term, accountId, slotId } = lead
    const sentAtMs = clock.monotonicMs()
    lead.found = 'unknown'
    const args = [lead.incarnation, term, leaseMs, accountId, slotId] as const
    const answer = await renewLeadership(runner, [keys.channelLead(channelId)], args)
    if (answer === 'renewed') renewed(lead, sentAtMs)
    else if (answer === 'missing') lead.found = answer
    else leads.lose([lead], lead.handedTo === undefined ? 'taken' : 'handed-over')
  }

  async function holdAgain(lead: Held, { runId }: MemoryState) {
    const renewedAtMs = clock.monotonicMs()
    const args = [lead.incarnation, nodeId, leaseMs, runId, 'held', '', lead.term, proofAgeMs] as const
    const { answer } = await claimLeadership(redis, leadKeys(lead.channelId), args)
    if (answer === 'led') return 'taken'
    return answer === 'leading' ? { renewedAtMs } : 'unknown'
  }

  /** How certain our leadership under this term is, by our own clock. */
  function standing(channelId: string, term: number): Standing {
    return leads.get(channelId)?.term === term ? leads.standing(channelId) : 'lost'
  }

  async function resignEnded(channelId: string, runner: CommandRunner): Promise<void> {
    const last = ended.get(channelId)
    if (last) await resignLeadership(runner, [keys.channelLead(channelId)], [last.incarnation, last.term])
    resigning.delete(channelId)
    if (ended.get(channelId) === last) ended.delete(channelId)
  }

  return {
    /**
     * Leads the channel if it has no leader or its leader is proven gone. Gathers the proof itself,
     * which takes up to 1.5 s. A process that already leads gets the same term again. The
     * provider's connection of an earlier term must be closed.
     *
     * @throws when Redis does not answer: then we do not lead.
     */
    claim({ channelId }: { readonly channelId: string }): Promise<ClaimOutcome> {
      leads.abandonExpired()
      const held = leads.get(channelId)
      if (held) return Promise.resolve({ outcome: 'leading', term: held.term })
      const current = claiming.get(channelId)
      if (current) return current
      const claim = claimOnce(channelId).finally(() => claiming.delete(channelId))
      claiming.set(channelId, claim)
      return claim
    },

    standing,

    /**
     * The gate in the path of media: false from the deadline on, even before any timer notices it.
     */
    mayLead: (channelId: string, term: number): boolean => standing(channelId, term) === 'held',

    /**
     * What the leader uses now, for people and for a process that inherits it; the next beat writes
     * it.
     */
    note(channelId: string, { accountId, slotId }: { readonly accountId: string; readonly slotId: string }): void {
      const lead = leads.get(channelId)
      if (lead) Object.assign(lead, { accountId, slotId })
    },

    /** The leader, as Redis knows it. Throws when Redis does not answer. */
    read: async (channelId: string): Promise<LeadRecord | undefined> =>
      parseLeadRecord(await redis.hgetall(keys.channelLead(channelId))),

    /**
     * Ends the leadership. Call it after the provider's connection has closed; also after a loss,
     * so that others need not wait for the lease to expire. Never throws: while Redis is away the
     * beats repeat it.
     */
    async resign(channelId: string, term: number): Promise<'resigned' | 'postponed'> {
      const lead = leads.get(channelId)
      if (lead?.term === term) {
        leads.drop(channelId)
        ended.set(channelId, { incarnation: lead.incarnation, term })
      }
      if (ended.get(channelId)?.term !== term) return 'resigned'
      resigning.add(channelId)
      try {
        await resignEnded(channelId, redis)
        return 'resigned'
      } catch {
        return 'postponed'
      }
    },

    /**
     * Lets one other process lead at its next claim. Until then we lead; afterwards `onLost` says
     * `handed-over`.
     *
     * @returns false when we do not lead. Throws when Redis does not answer.
     */
    async handOver(channelId: string, to: string): Promise<boolean> {
      const lead = leads.get(channelId)
      if (!lead) return false
      lead.handedTo = to
      return handOverLeadership(redis, [keys.channelLead(channelId)], [lead.incarnation, lead.term, to])
    },

    /**
     * The leader has named this process, which declines, so that another can be named. Throws when
     * Redis does not answer.
     */
    declineHandOver: (channelId: string): Promise<boolean> =>
      declineLeadership(redis, [keys.channelLead(channelId)], [incarnation.id]),

    /**
     * Whether our offer is still open: false once the other process has declined. Throws when Redis
     * does not answer.
     */
    async isOffered(channelId: string): Promise<boolean> {
      const record = parseLeadRecord(await redis.hgetall(keys.channelLead(channelId)))
      return record?.incarnation !== incarnation.id || record.handoverTo !== undefined
    },

    /** @returns a function that removes the listener. */
    onLost(listener: LossListener): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    /** The leaderships of this process. */
    held: (): HeldLead[] =>
      leads.values().map(({ channelId, term, accountId, slotId }) => ({ channelId, term, accountId, slotId })),

    // For the heartbeat.
    abandonExpired: () => leads.abandonExpired(),
    safeForMs: () => leads.safeForMs(),
    abandonAll: () => leads.abandonAll(),
    extendTo: (untilMs: number) => leads.extendTo(untilMs),
    settleMissing: (memories: MemoryView) => leads.settleMissing(memories),

    /** For the heartbeat: renews all leaderships. @returns the errors; never throws. */
    renewAll: (runner: CommandRunner): Promise<unknown[]> =>
      failuresOf([
        ...leads.values().map((lead) => renew(lead, runner)),
        ...[...resigning].map((channelId) => resignEnded(channelId, runner)),
      ]),
  }
}
