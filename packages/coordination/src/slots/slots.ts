import { randomUUID } from 'node:crypto'
import type { Redis, RedisKeys } from '@kptv/redis'
import type { CommandRunner } from '../heartbeat/command-batch.ts'
import type { Incarnation } from '../incarnation.ts'
import type { Lease, LeaseClock } from '../leases/lease-clock.ts'
import type { ConfirmLeft, EvidenceGatherer, Proof, SlotRef } from '../liveness/evidence.ts'
import { slotLeaseMs, type Timing } from '../timing.ts'
import type { MemoryState, MemoryView, WarmUp } from '../warm-up/warm-up.ts'
import { createGoneHolderRemover } from './gone-holders.ts'
import { createLeftSlotRemover } from './left-slots.ts'
import { parseHolder, type SlotHolder, type SlotState } from './slot-holder.ts'
import { acquireSlot, releaseSlot, renewSlots } from './slot-scripts.ts'
import { createSlotTaker, type SlotRequest } from './take-slot.ts'

export type AcquireOutcome =
  /** `inherited`: it is the slot that the channel had under its old leader. */
  | { outcome: 'granted'; slotId: string; inherited: boolean }
  /** `retryAfterMs`: when the earliest lease ends if nobody renews it; a slot may come free sooner. */
  | { outcome: 'full'; retryAfterMs: number }
  /** Redis has lost its memory; only those who held slots may have them until then. */
  | { outcome: 'cold'; retryAfterMs: number }

export type HeldSlot = { slotId: string; accountId: string; limit: number; channelId: string; state: SlotState }

/**
 * `taken`: another has it. `missing`: it ended or was deleted, or Redis came back empty and had no room for it.
 * `deadline`: not renewed for too long. `declared-dead`: others may believe that this process is gone.
 */
export type SlotLossReason = 'taken' | 'missing' | 'deadline' | 'declared-dead'

export type SlotsOptions = {
  redis: Redis
  keys: RedisKeys
  incarnation: Incarnation
  /** Name of the node, for people who read Redis. */
  nodeId: string
  timing: Pick<Timing, 'leaseMs' | 'quarantineMs' | 'proofAgeMs' | 'beatMs' | 'deadlineMs'>
  clock: LeaseClock
  warmUp: Pick<WarmUp, 'check'>
  evidence: EvidenceGatherer
  /** Default: nobody can be asked, and a slot without proof stays taken until its lease ends. */
  confirmLeft?: ConfirmLeft
  newSlotId?: () => string
}

type Held = HeldSlot & Lease & { incarnation: string; memory: string; term: number | ''; found: Found }
/** What the last beat met in Redis; `unknown` before the first, and when it got no answer. */
type Found = 'renewed' | 'missing' | 'unknown'
type Release = { accountId: string; incarnation: string; keepMs: number; keptUntilMs: number }
type LossListener = (slotIds: string[], reason: SlotLossReason) => void

export type Slots = ReturnType<typeof createSlots>

/**
 * Connection slots: the right to hold one connection of an account, as leases in Redis, never as a counter.
 *
 * Promised: at every instant at most `limit` slots of an account are held, however many processes ask, crash or freeze.
 * Contract for the caller: take a slot before connecting; when `onLost` names it, close its connection in the same turn;
 * release it after its socket has closed. A slot is never taken again silently, but by its holder from a Redis that has
 * lost its memory.
 */
export function createSlots(options: SlotsOptions) {
  const { redis, keys, incarnation, nodeId, timing, clock, warmUp, evidence } = options
  const { newSlotId = randomUUID, confirmLeft = async () => false } = options
  const leaseMs = slotLeaseMs(timing)
  const heldSlots = new Map<string, Held>()
  /** Asked for; the answer may still be that they are ours. */
  const wanted = new Set<string>()
  const inheriting = new Set<SlotRequest>()
  /** Not held any more, and not given back yet: the socket may still be closing. */
  const abandoned = new Map<string, Held>()
  /** Given back by us, but Redis has not confirmed it yet. */
  const releasing = new Map<string, Release>()
  const listeners = new Set<LossListener>()
  const slotKeys = (accountId: string): [slots: string, holders: string] => [
    keys.accountSlots(accountId),
    keys.accountSlotHolders(accountId),
  ]
  const isOurs = (other: string) => other === incarnation.id
  const removeGoneHolders = createGoneHolderRemover({ redis, slotKeys, isOurs, timing, evidence })
  const removeLeftSlots = createLeftSlotRemover({ redis, slotKeys, isOurs, timing, confirmLeft })
  const taker = createSlotTaker({ redis, slotKeys, nodeId, timing, warmUp, now: clock.now })

  /**
   * Takes a slot: that of the channel's old leader if `proof` says that it has no connection any more, else a spare one.
   * When the account is full, slots of processes proven dead, or that say that they have left them, are freed and the request is tried
   * once more, which can take up to 2 s.
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
      // The answer may be lost although the slot was taken: give it back as soon as Redis listens.
      if (isSent) giveBackLater(slotId, { accountId: request.accountId, incarnation: id, keepMs: 0 })
      throw error
    } finally {
      wanted.delete(slotId)
    }
  }

  type Grant = { request: SlotRequest; slotId: string; memory: string; sentAtMs: number; id: string }

  function hold({ request, slotId, memory, sentAtMs, id }: Grant): void {
    const { accountId, limit, channelId } = request
    const term = request.term ?? ('' as const)
    const lease = { renewedAtMs: sentAtMs }
    // Declared dead meanwhile, or the answer came too late to be worth anything.
    if (incarnation.id !== id || clock.isExpired(lease)) {
      giveBackLater(slotId, { accountId, incarnation: id, keepMs: 0 })
      throw new Error('the slot was granted too late')
    }
    const slot = { slotId, accountId, limit, channelId, term, memory, incarnation: id }
    heldSlots.set(slotId, { ...slot, ...lease, state: 'opening', found: 'unknown' })
  }

  /** No more ours, here and at once; stays taken in Redis until the caller has closed the connection and releases it. */
  function lose(lost: Iterable<Held>, reason: SlotLossReason): void {
    const slotIds: string[] = []
    for (const slot of lost) {
      if (!heldSlots.delete(slot.slotId)) continue
      abandoned.set(slot.slotId, slot)
      slotIds.push(slot.slotId)
    }
    if (slotIds.length > 0) for (const listener of listeners) listener(slotIds, reason)
  }

  async function renewAccount(accountId: string, slots: Held[], runner: CommandRunner): Promise<void> {
    const sentAtMs = clock.now()
    for (const slot of slots) slot.found = 'unknown'
    const pairs = slots.flatMap(({ slotId, state }) => [slotId, state])
    const answer = await renewSlots(runner, slotKeys(accountId), [slots[0]!.incarnation, leaseMs, ...pairs])
    for (const slot of slots) {
      if (answer.has(slot.slotId)) slot.found = 'missing'
      else Object.assign(slot, { renewedAtMs: sentAtMs, found: 'renewed' })
    }
    const taken = slots.filter(({ slotId }) => answer.get(slotId) === 'taken')
    lose(taken, 'taken')
  }

  async function holdAgain(slot: Held, { runId, memory }: MemoryState): Promise<void> {
    const sentAtMs = clock.now()
    const { slotId, channelId, term, state } = slot
    const limit = Math.min(slot.limit, Number.MAX_SAFE_INTEGER)
    const args = [slotId, limit, leaseMs, runId, channelId, nodeId, slot.incarnation, term, state] as const
    const { outcome } = await acquireSlot(redis, slotKeys(slot.accountId), args)
    if (outcome === 'full') lose([slot], 'missing')
    else if (outcome === 'granted') Object.assign(slot, { renewedAtMs: sentAtMs, memory, found: 'renewed' })
  }

  function giveBackLater(slotId: string, release: Omit<Release, 'keptUntilMs'>): void {
    releasing.set(slotId, { ...release, keptUntilMs: clock.now() + release.keepMs })
  }

  async function giveBack(slotId: string, runner: CommandRunner): Promise<void> {
    const release = releasing.get(slotId)
    if (!release) return
    const { accountId, keepMs } = release
    await releaseSlot(runner, slotKeys(accountId), [slotId, release.incarnation, keepMs])
    releasing.delete(slotId)
  }

  return {
    acquire,

    /** What its connection does now, for people; written by the next beat. */
    mark(slotId: string, state: 'active' | 'closing'): void {
      const slot = heldSlots.get(slotId)
      if (slot) slot.state = state
    },

    /** The gate in the path of media, for a connection without a leadership: false from the deadline on. */
    mayUse(slotId: string): boolean {
      const slot = heldSlots.get(slotId)
      return slot !== undefined && clock.isUsable(slot)
    },

    /**
     * Gives a slot back; call it after the provider's socket has closed. Never throws: when Redis is away the release is
     * repeated by the beats, and the lease ends by itself.
     *
     * @param coolDownMs so long it stays taken all the same, for providers that count late
     */
    async release(slotId: string, coolDownMs = 0): Promise<{ outcome: 'released' | 'postponed' }> {
      const slot = heldSlots.get(slotId) ?? abandoned.get(slotId)
      if (slot) giveBackLater(slotId, { accountId: slot.accountId, incarnation: slot.incarnation, keepMs: coolDownMs })
      heldSlots.delete(slotId)
      abandoned.delete(slotId)
      try {
        await giveBack(slotId, redis)
        return { outcome: 'released' }
      } catch {
        return { outcome: 'postponed' }
      }
    },

    /**
     * For others that cannot learn it from Redis: this process has no connection for the slot, and will never have one again.
     * No, while its connection is being closed, it cools down, or an answer could still make it ours.
     */
    hasLeft({ slotId, accountId, channelId }: Omit<SlotRef, 'incarnation'>): boolean {
      if (heldSlots.has(slotId) || abandoned.has(slotId) || wanted.has(slotId)) return false
      if (clock.now() < (releasing.get(slotId)?.keptUntilMs ?? 0)) return false
      return ![...inheriting].some((request) => request.accountId === accountId && request.channelId === channelId)
    },

    /** What this process holds, in order of acquisition. */
    held: (): HeldSlot[] =>
      [...heldSlots.values()].map(({ slotId, accountId, limit, channelId, state }) => ({
        slotId,
        accountId,
        limit,
        channelId,
        state,
      })),

    /** Slots of an account in the whole cluster, for status pages. Slots without a readable holder have none. */
    async list(accountId: string): Promise<Array<{ slotId: string; holder: SlotHolder | undefined }>> {
      const [slots, holders] = await Promise.all([
        redis.zrange(keys.accountSlots(accountId), '0', '-1'),
        redis.hgetall(keys.accountSlotHolders(accountId)),
      ])
      return slots.map((slotId) => ({ slotId, holder: parseHolder(holders[slotId]) }))
    },

    /** @returns a function that removes the listener. */
    onLost(listener: LossListener): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    /** Gives up, here and at once, what could not be renewed within the deadline. */
    abandonExpired: (): void =>
      lose(
        [...heldSlots.values()].filter((slot) => clock.isExpired(slot)),
        'deadline',
      ),

    /** For the heartbeat: others may believe that we are dead. */
    abandonAll: (): void => lose([...heldSlots.values()], 'declared-dead'),

    /** For the heartbeat: Redis refuses everybody, so nobody can take a slot before then. */
    extendTo(untilMs: number): void {
      for (const slot of heldSlots.values()) clock.extendTo(slot, untilMs)
    },

    /** For the heartbeat: extends what is held, repeats releases. Answers what went wrong, by account; never throws. */
    async renewAll(runner: CommandRunner): Promise<unknown[]> {
      const byAccount = Map.groupBy(heldSlots.values(), (slot) => slot.accountId)
      const renewals = [...byAccount].map(([accountId, slots]) => renewAccount(accountId, slots, runner))
      const releases = [...releasing.keys()].map((slotId) => giveBack(slotId, runner))
      return failuresOf(await Promise.allSettled([...renewals, ...releases]))
    },

    /**
     * For the heartbeat, after {@link renewAll}: what Redis does not know any more is taken again if it has lost its
     * memory since and the limit allows it, else it is lost. Answers what went wrong.
     */
    async settleMissing(memories: MemoryView): Promise<unknown[]> {
      const stateOf = (slot: Held) => memories.of(keys.accountSlots(slot.accountId))
      // A server that did not tell of its memory is asked again by the next beat.
      const held = [...heldSlots.values()].filter(stateOf)
      for (const slot of held) if (slot.found === 'renewed') slot.memory = stateOf(slot)!.memory
      const missing = held.filter((slot) => slot.found === 'missing')
      const isForgotten = (slot: Held) => slot.memory !== stateOf(slot)?.memory && !clock.isExpired(slot)
      lose(
        missing.filter((slot) => !isForgotten(slot)),
        'missing',
      )
      return failuresOf(
        await Promise.allSettled(missing.filter(isForgotten).map((slot) => holdAgain(slot, stateOf(slot)!))),
      )
    },
  }
}

function failuresOf(results: ReadonlyArray<PromiseSettledResult<unknown>>): unknown[] {
  return results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
}
