import type { Redis, RedisKeys } from '@kptv/redis'
import type { CommandRunner } from '../heartbeat/command-batch.ts'
import type { Incarnation } from '../incarnation.ts'
import type { Lease, LeaseClock } from '../leases/lease-clock.ts'
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

export type ClaimOutcome =
  /**
   * `inherits`: from whom, and what it used; pass it to `slots.acquire` of the same account. None after a hand-over: who hands a channel
   * over gives its slot back itself.
   */
  | { outcome: 'leading'; term: number; inherits?: Proof & { accountId: string; slotId: string } }
  | { outcome: 'led'; by: LeadRecord }
  /** Redis has lost its memory; only those who led may lead until then. */
  | { outcome: 'cold'; retryAfterMs: number }

/**
 * `taken`: another leads. `handed-over`: as we had offered. `missing`: the record ended or was deleted. `deadline`: not
 * renewed for too long. `declared-dead`: others may believe that this process is gone.
 */
export type LeadLossReason = 'taken' | 'handed-over' | 'missing' | 'deadline' | 'declared-dead'

export type HeldLead = { channelId: string; term: number; accountId: string; slotId: string }

type Held = HeldLead & Lease & { incarnation: string; memory: string; found: Found; handedTo?: string }
/** What the last beat met in Redis; `unknown` before the first, and when it got no answer. */
type Found = 'renewed' | 'missing' | 'unknown'
type LossListener = (channelId: string, term: number, reason: LeadLossReason) => void

export type LeadershipOptions = {
  redis: Redis
  keys: RedisKeys
  incarnation: Incarnation
  nodeId: string
  timing: Pick<Timing, 'leaseMs' | 'proofAgeMs' | 'beatMs'>
  clock: LeaseClock
  warmUp: Pick<WarmUp, 'check'>
  evidence: EvidenceGatherer
}

export type Leadership = ReturnType<typeof createLeadership>

/**
 * Which node pulls a channel. One process leads a channel at a time, under a term that only grows.
 *
 * Contract for the caller: pull and publish only while {@link mayLead} says so, asked for each piece of media; when
 * `onLost` comes, close the provider's connection in the same turn; claim a channel again only after that. No answer
 * from Redis means that somebody else may lead.
 */
export function createLeadership(options: LeadershipOptions) {
  const { redis, keys, incarnation, nodeId, timing, clock } = options
  const { leaseMs, proofAgeMs } = timing
  const sendClaim = createClaim({ ...options, now: clock.now })
  const leads = new Map<string, Held>()
  const claiming = new Map<string, Promise<ClaimOutcome>>()
  /** Not led any more, while Redis may still believe so: channel → what to resign. An empty term is any term. */
  const ended = new Map<string, { incarnation: string; term: number | '' }>()
  const resigning = new Set<string>()
  const listeners = new Set<LossListener>()
  const leadKeys = (channelId: string) => [keys.channelLead(channelId), keys.channelTerm(channelId)] as const

  async function claimOnce(channelId: string): Promise<ClaimOutcome> {
    const { id } = incarnation
    let result: Awaited<ReturnType<typeof sendClaim>>
    try {
      result = await sendClaim({ keys: leadKeys(channelId), incarnation: id })
    } catch (error) {
      endLater(channelId, { incarnation: id, term: '' })
      throw error
    }
    if (result.outcome !== 'leading') return result
    const { term, memory, sentAtMs, from, evidence } = result
    const lead = { channelId, term, memory, incarnation: id, renewedAtMs: sentAtMs, accountId: '', slotId: '' }
    // Declared dead meanwhile, or the answer came too late to be worth anything.
    if (incarnation.id !== id || clock.isExpired(lead)) {
      endLater(channelId, lead)
      throw new Error('the leadership was granted too late')
    }
    ended.delete(channelId)
    resigning.delete(channelId)
    leads.set(channelId, { ...lead, found: 'unknown' })
    if (!from || !evidence || evidence === 'handed-over') return { outcome: 'leading', term }
    const inherits = { fromIncarnation: from.incarnation, evidence, accountId: from.account, slotId: from.slot }
    return { outcome: 'leading', term, inherits }
  }

  function endLater(channelId: string, { incarnation, term }: { incarnation: string; term: number | '' }): void {
    ended.set(channelId, { incarnation, term })
    resigning.add(channelId)
  }

  function lose(lead: Held, reason: LeadLossReason): void {
    if (leads.get(lead.channelId) !== lead) return
    leads.delete(lead.channelId)
    ended.set(lead.channelId, { incarnation: lead.incarnation, term: lead.term })
    for (const listener of listeners) listener(lead.channelId, lead.term, reason)
  }

  /** Gives up, here and at once, what could not be renewed within the deadline. */
  function abandonExpired(): void {
    for (const lead of [...leads.values()]) if (clock.isExpired(lead)) lose(lead, 'deadline')
  }

  async function renew(lead: Held, runner: CommandRunner): Promise<void> {
    const { channelId, term, accountId, slotId } = lead
    const sentAtMs = clock.now()
    const args = [lead.incarnation, term, leaseMs, accountId, slotId] as const
    lead.found = 'unknown'
    const answer = await renewLeadership(runner, [keys.channelLead(channelId)], args)
    if (answer === 'renewed') Object.assign(lead, { renewedAtMs: sentAtMs, found: answer })
    else if (answer === 'missing') lead.found = answer
    else lose(lead, lead.handedTo === undefined ? 'taken' : 'handed-over')
  }

  async function holdAgain(lead: Held, { runId, memory }: MemoryState): Promise<void> {
    const sentAtMs = clock.now()
    const args = [lead.incarnation, nodeId, leaseMs, runId, 'held', '', lead.term, proofAgeMs] as const
    const { answer } = await claimLeadership(redis, leadKeys(lead.channelId), args)
    if (answer === 'led') lose(lead, 'taken')
    else if (answer === 'leading') Object.assign(lead, { renewedAtMs: sentAtMs, memory, found: 'renewed' })
  }

  async function resignEnded(channelId: string, runner: CommandRunner): Promise<void> {
    const last = ended.get(channelId)
    if (last) await resignLeadership(runner, [keys.channelLead(channelId)], [last.incarnation, last.term])
    resigning.delete(channelId)
    if (ended.get(channelId) === last) ended.delete(channelId)
  }

  return {
    /**
     * Leads the channel, if nobody does or its leader is proven gone; gathers that proof itself, which takes up to
     * 1.5 s. Whoever leads already gets the same term again. The provider's connection of an earlier term must be closed.
     *
     * @throws when Redis does not answer: then we do not lead.
     */
    claim({ channelId }: { channelId: string }): Promise<ClaimOutcome> {
      abandonExpired()
      const held = leads.get(channelId)
      if (held) return Promise.resolve({ outcome: 'leading', term: held.term })
      const current = claiming.get(channelId)
      if (current) return current
      const claim = claimOnce(channelId).finally(() => claiming.delete(channelId))
      claiming.set(channelId, claim)
      return claim
    },

    /** The gate in the path of media: false from the deadline on, even before anybody has noticed it. */
    mayLead(channelId: string, term: number): boolean {
      const lead = leads.get(channelId)
      return lead !== undefined && lead.term === term && clock.isUsable(lead)
    },

    /** What the leader uses now, for people and for whoever inherits it; written by the next beat. */
    note(channelId: string, { accountId, slotId }: { accountId: string; slotId: string }): void {
      const lead = leads.get(channelId)
      if (lead) Object.assign(lead, { accountId, slotId })
    },

    /** Who leads, as Redis knows it. Throws when Redis does not answer. */
    read: async (channelId: string): Promise<LeadRecord | undefined> =>
      parseLeadRecord(await redis.hgetall(keys.channelLead(channelId))),

    /**
     * Leads no more. Call it after the provider's connection has closed; also after a loss, so that others need not wait
     * for the end of the lease. Never throws: when Redis is away the beats repeat it.
     */
    async resign(channelId: string, term: number): Promise<'resigned' | 'postponed'> {
      const lead = leads.get(channelId)
      if (lead?.term === term) {
        leads.delete(channelId)
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
     * Lets one other process lead at its next claim. Until then we lead on; afterwards `onLost` says `handed-over`.
     *
     * @returns false when we do not lead. Throws when Redis does not answer.
     */
    async handOver(channelId: string, to: string): Promise<boolean> {
      const lead = leads.get(channelId)
      if (!lead) return false
      lead.handedTo = to
      return handOverLeadership(redis, [keys.channelLead(channelId)], [lead.incarnation, lead.term, to])
    },

    /** Another leader has named this process, which does not want to lead: it may ask somebody else. Throws when Redis does not answer. */
    declineHandOver: (channelId: string): Promise<boolean> =>
      declineLeadership(redis, [keys.channelLead(channelId)], [incarnation.id]),

    /** Whether our offer still stands: false once the other has declined. Throws when Redis does not answer. */
    async isOffered(channelId: string): Promise<boolean> {
      const record = parseLeadRecord(await redis.hgetall(keys.channelLead(channelId)))
      return record?.incarnation !== incarnation.id || record.handoverTo !== undefined
    },

    /** @returns a function that removes the listener. */
    onLost(listener: LossListener): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    /** What this process leads. */
    held: (): HeldLead[] =>
      [...leads.values()].map(({ channelId, term, accountId, slotId }) => ({ channelId, term, accountId, slotId })),

    abandonExpired,

    /** For the heartbeat: extends everything that is led. Answers what went wrong, never throws. */
    async renewAll(runner: CommandRunner): Promise<unknown[]> {
      const renewals = [...leads.values()].map((lead) => renew(lead, runner))
      const resignations = [...resigning].map((channelId) => resignEnded(channelId, runner))
      return failuresOf(await Promise.allSettled([...renewals, ...resignations]))
    },

    /**
     * For the heartbeat, after {@link renewAll}: what Redis does not know any more is taken again if it has lost its
     * memory since, else it is lost. Answers what went wrong.
     */
    async settleMissing(memories: MemoryView): Promise<unknown[]> {
      const stateOf = (lead: Held) => memories.of(keys.channelLead(lead.channelId))
      // A server that did not tell of its memory is asked again by the next beat.
      const held = [...leads.values()].filter(stateOf)
      for (const lead of held) {
        const { memory } = stateOf(lead)!
        if (lead.found === 'renewed') lead.memory = memory
        else if (lead.found === 'missing' && (lead.memory === memory || clock.isExpired(lead))) lose(lead, 'missing')
      }
      const missing = held.filter((lead) => lead.found === 'missing' && leads.get(lead.channelId) === lead)
      return failuresOf(await Promise.allSettled(missing.map((lead) => holdAgain(lead, stateOf(lead)!))))
    },

    /** For the heartbeat: others may believe that we are dead. */
    abandonAll(): void {
      for (const lead of [...leads.values()]) lose(lead, 'declared-dead')
    },

    /** For the heartbeat: Redis refuses everybody, so nobody can take over before then. */
    extendTo(untilMs: number): void {
      for (const lead of leads.values()) clock.extendTo(lead, untilMs)
    },
  }
}

function failuresOf(results: ReadonlyArray<PromiseSettledResult<unknown>>): unknown[] {
  return results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
}
