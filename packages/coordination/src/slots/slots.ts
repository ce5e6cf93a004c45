import { randomUUID } from 'node:crypto'
import type { Redis } from '@kptv/redis'
import type { CommandRunner } from '../heartbeat/command-batch.ts'
import type { Incarnation } from '../incarnation.ts'
import { type CommonLossReason, failuresOf, type HeldLease, HeldLeases, renewed } from '../leases/held-leases.ts'
import type { LeaseClock, Standing } from '../leases/lease-clock.ts'
import type { ConfirmLeft, EvidenceGatherer, Proof, SlotRef } from '../liveness/evidence.ts'
import { slotLeaseMs, type Timing } from '../timing.ts'
import type { MemoryState, MemoryView, WarmUp } from '../warm-up/warm-up.ts'
import { createGoneHolderRemover } from './gone-holders.ts'
import { createLeftSlotRemover } from './left-slots.ts'
import { createReleases } from './releases.ts'
import { parseHolder, type SlotHolder, type SlotState } from './slot-holder.ts'
import { acquireSlot, renewSlots } from './slot-scripts.ts'
import { createSlotTaker, type SlotRequest } from './take-slot.ts'

type AcquireOutcome =
  /** `inherited`: the slot that the channel had under its old leader. */
  | { readonly outcome: 'granted'; readonly slotId: string; readonly inherited: boolean }
  /**
   * `retryAfterMs`: when the earliest lease ends if it is not renewed; a slot may become free
   * sooner.
   */
  | { readonly outcome: 'full'; readonly retryAfterMs: number }
  /** Redis has lost its memory; only former holders may have slots until then. */
  | { readonly outcome: 'cold'; readonly retryAfterMs: number }

type HeldSlot = {
  readonly slotId: string
  readonly accountId: string
  readonly limit: number
  readonly channelId: string
  readonly state: SlotState
}

/**
 * `taken`: another process has it. `missing`: it expired or was deleted, or Redis came back empty
 * and had no room for it. `deadline`: not renewed for too long. `declared-dead`: others may believe
 * that this process is gone. `revoked`: the limit of the account was lowered. `outranked`: a
 * session of higher priority gets it.
 */
export type SlotLossReason = CommonLossReason | 'revoked' | 'outranked'

export type SlotsOptions = {
  readonly redis: Redis
  /** The keys of one account, or of anything else with a limit, such as a user. */
  readonly slotKeys: (accountId: string) => [slots: string, holders: string]
  readonly incarnation: Incarnation
  /** Name of the node, for people who read Redis. */
  readonly nodeId: string
  readonly timing: Pick<Timing, 'leaseMs' | 'quarantineMs' | 'proofAgeMs' | 'beatMs' | 'deadlineMs'>
  readonly clock: LeaseClock
  readonly warmUp: Pick<WarmUp, 'check'>
  readonly evidence: EvidenceGatherer
  readonly confirmLeft: ConfirmLeft
  readonly newSlotId?: () => string
}

type Held = Omit<HeldSlot, 'state'> &
  HeldLease & { readonly term: number | ''; readonly device: string; state: SlotState; priority: number }
type LossListener = (slotIds: string[], reason: SlotLossReason) => void

export type Slots = ReturnType<typeof createSlots>

/**
 * Connection slots: the right to hold one connection of an account, as leases in Redis, never as a
 * counter.
 *
 * Promised: at every instant at most `limit` slots of an account are held, however many processes
 * request them, crash or freeze. Contract for the caller: take a slot before connecting; when
 * `onLost` names it, close its connection in the same turn; release it after its socket has closed.
 * A lost slot is never retaken silently, except by its holder from a Redis that has lost its
 * memory.
 */
export function createSlots(options: SlotsOptions) {
  const { redis, slotKeys, incarnation, nodeId, timing, clock, warmUp, evidence, confirmLeft } = options
  const { newSlotId = randomUUID } = options
  const leaseMs = slotLeaseMs(timing)
  /** Requested; Redis may still grant them. */
  const wanted = new Set<string>()
  const inheriting = new Set<SlotRequest>()
  /** Lost, and not given back yet: the socket may still be closing. */
  const abandoned = new Map<string, Held>()
  const listeners = new Set<LossListener>()
  const isOurs = (other: string) => other === incarnation.id
  const removeGoneHolders = createGoneHolderRemover({ redis, slotKeys, isOurs, timing, evidence })
  const removeLeftSlots = createLeftSlotRemover({ redis, slotKeys, isOurs, timing, confirmLeft })
  const taker = createSlotTaker({ redis, slotKeys, nodeId, timing, warmUp, monotonicMs: clock.monotonicMs })
  const releases = createReleases({ slotKeys, monotonicMs: clock.monotonicMs })
  const held = new HeldLeases<Held, 'revoked' | 'outranked'>({
    clock,
    idOf: ({ slotId }) => slotId,
    keyOf: ({ accountId }) => slotKeys(accountId)[0],
    holdAgain,
    onLost(lost, reason) {
      // Stays taken in Redis until the caller has closed the connection and releases it.
      for (const slot of lost) abandoned.set(slot.slotId, slot)
      const slotIds = lost.map(({ slotId }) => slotId)
      for (const listener of listeners) listener(slotIds, reason)
    },
  })

  /**
   * Takes a slot: that of the channel's old leader if `proof` shows that it no longer has a
   * connection, otherwise a spare one. When the account is full, frees slots whose processes are
   * proven dead or confirm that they have left them, and tries once more, which can take up to 2 s.
   *
   * @throws when Redis does not answer: then there is no slot.
   */
  async function acquire(request: SlotRequest): Promise<AcquireOutcome> {
    if (!(request.limit >= 1)) throw new RangeError(`limit of an account must be at least 1, not ${request.limit}`)
    if (request.proof) {
      const slotId = await inherit(request, request.proof)
      if (slotId !== undefined) return { outcome: 'granted', slotId, inherited: true }
    }
    const first = await take(request)
    if (first.outcome !== 'full') return first
    const gone = await removeGoneHolders(request.accountId, first.holders)
    const freed = gone > 0 ? gone : await removeLeftSlots(request.accountId)
    const second = freed > 0 ? await take(request) : first
    return second.outcome === 'full' ? { outcome: 'full', retryAfterMs: second.retryAfterMs } : second
  }

  async function inherit(request: SlotRequest, proof: Proof): Promise<string | undefined> {
    const { id } = incarnation
    inheriting.add(request)
    try {
      const { slotId, memory, sentAtMs } = await taker.inherit(request, proof, id)
      if (slotId !== undefined) hold({ request, slotId, memory, sentAtMs, id })
      return slotId
    } finally {
      inheriting.delete(request)
    }
  }

  async function take(request: SlotRequest) {
    const { id } = incarnation
    const slotId = newSlotId()
    let isSent = false
    wanted.add(slotId)
    try {
      const answer = await taker.take(request, { slotId, incarnation: id, onSend: () => (isSent = true) })
      if (answer.outcome !== 'granted') return answer
      hold({ request, slotId, memory: answer.memory, sentAtMs: answer.sentAtMs, id })
      return { outcome: 'granted' as const, slotId, inherited: false }
    } catch (error) {
      // The answer may be lost although the slot was taken: give it back as soon as Redis answers.
      if (isSent) releases.add(slotId, { accountId: request.accountId, incarnation: id })
      throw error
    } finally {
      wanted.delete(slotId)
    }
  }

  type Grant = {
    readonly request: SlotRequest
    readonly slotId: string
    readonly memory: string
    readonly sentAtMs: number
    readonly id: string
  }

  function hold({ request, slotId, memory, sentAtMs, id }: Grant): void {
    const { accountId, limit, channelId, term = '', device = '', priority = 0 } = request
    // Declared dead meanwhile, or the answer came too late to be of use.
    if (incarnation.id !== id || clock.isExpired({ renewedAtMs: sentAtMs })) {
      releases.add(slotId, { accountId, incarnation: id })
      throw new Error('slot granted too late')
    }
    const lease = { incarnation: id, memory, renewedAtMs: sentAtMs, found: 'unknown' as const }
    held.hold({ slotId, accountId, limit, channelId, term, device, priority, state: 'opening', ...lease })
  }

  async function renewAccount(accountId: string, slots: Held[], runner: CommandRunner): Promise<void> {
    const sentAtMs = clock.monotonicMs()
    for (const slot of slots) slot.found = 'unknown'
    const facts = slots.flatMap(({ slotId, state, priority }) => [slotId, state, priority])
    const answer = await renewSlots(runner, slotKeys(accountId), [slots[0]!.incarnation, leaseMs, ...facts])
    for (const slot of slots) {
      if (answer.has(slot.slotId)) slot.found = 'missing'
      else renewed(slot, sentAtMs)
    }
    for (const reason of ['taken', 'revoked', 'outranked'] as const) {
      held.lose(
        slots.filter(({ slotId }) => answer.get(slotId) === reason),
        reason,
      )
    }
  }

  async function holdAgain(slot: Held, { runId }: MemoryState) {
    const renewedAtMs = clock.monotonicMs()
    const { slotId, channelId, incarnation: holder, term, device, state, priority } = slot
    const limit = Math.min(slot.limit, Number.MAX_SAFE_INTEGER)
    const who = [channelId, nodeId, holder, term, state, device, priority] as const
    const { outcome } = await acquireSlot(redis, slotKeys(slot.accountId), [slotId, limit, leaseMs, runId, ...who])
    if (outcome === 'full') return 'missing'
    return outcome === 'granted' ? { renewedAtMs } : 'unknown'
  }

  return {
    acquire,

    /** The state of its connection, for people; the next beat writes it. */
    mark(slotId: string, state: 'active' | 'closing'): void {
      const slot = held.get(slotId)
      if (slot) slot.state = state
    },

    /** The highest priority of its viewers; the next beat writes it. */
    rank(slotId: string, priority: number): void {
      const slot = held.get(slotId)
      if (slot) slot.priority = priority
    },

    /** Another process has revoked it, and reports this before a beat finds out. */
    revoked(slotId: string): void {
      const slot = held.get(slotId)
      if (slot) held.lose([slot], 'revoked')
    },

    /** How certain it is that we hold the slot, by our own clock. */
    standing: (slotId: string): Standing => held.standing(slotId),

    /**
     * Gives a slot back; call it after the provider's socket has closed. Never throws: while Redis
     * is away the beats repeat the release, and the lease ends on its own.
     *
     * @param coolDownMs the slot stays taken for this long, for providers that count late
     */
    async release(slotId: string, coolDownMs = 0): Promise<{ readonly outcome: 'released' | 'postponed' }> {
      const slot = held.get(slotId) ?? abandoned.get(slotId)
      if (slot) releases.add(slotId, slot, coolDownMs)
      held.drop(slotId)
      abandoned.delete(slotId)
      try {
        await releases.send(slotId, redis)
        return { outcome: 'released' }
      } catch {
        return { outcome: 'postponed' }
      }
    },

    /**
     * For other processes that cannot learn it from Redis: whether this process has no connection
     * for the slot and will never have one again. False while its connection is being closed, it
     * cools down, or an answer could still make it ours.
     */
    hasLeft({ slotId, accountId, channelId }: Omit<SlotRef, 'incarnation'>): boolean {
      if (held.get(slotId) || abandoned.has(slotId) || wanted.has(slotId) || releases.isKept(slotId)) return false
      return ![...inheriting].some((request) => request.accountId === accountId && request.channelId === channelId)
    },

    /** The slots that this process holds, in order of acquisition. */
    held: (): HeldSlot[] =>
      held.values().map(({ slotId, accountId, limit, channelId, state }) => {
        return { slotId, accountId, limit, channelId, state }
      }),

    /**
     * Slots of an account in the whole cluster, for status pages. Slots without a readable holder
     * have none.
     */
    async list(
      accountId: string,
    ): Promise<Array<{ readonly slotId: string; readonly holder: SlotHolder | undefined }>> {
      const [slotsKey, holdersKey] = slotKeys(accountId)
      const [slots, holders] = await Promise.all([redis.zrange(slotsKey, '0', '-1'), redis.hgetall(holdersKey)])
      return slots.map((slotId) => ({ slotId, holder: parseHolder(holders[slotId]) }))
    },

    /** @returns a function that removes the listener. */
    onLost(listener: LossListener): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    // For the heartbeat.
    abandonExpired: () => held.abandonExpired(),
    safeForMs: () => held.safeForMs(),
    abandonAll: () => held.abandonAll(),
    extendTo: (untilMs: number) => held.extendTo(untilMs),
    settleMissing: (memories: MemoryView) => held.settleMissing(memories),

    /**
     * For the heartbeat: renews held slots, repeats releases. @returns the errors; never throws.
     */
    async renewAll(runner: CommandRunner): Promise<unknown[]> {
      const byAccount = Map.groupBy(held.values(), (slot) => slot.accountId)
      const renewals = [...byAccount].map(([accountId, slots]) => renewAccount(accountId, slots, runner))
      const failures = await Promise.all([failuresOf(renewals), releases.sendAll(runner)])
      return failures.flat()
    },
  }
}
