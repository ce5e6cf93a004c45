import { randomUUID } from 'node:crypto'
import type { Redis, RedisKeys } from '@kptv/redis'
import { createGoneHolderRemover } from './gone-holders.ts'
import { parseHolder, type SlotHolder } from './slot-holder.ts'
import { acquireSlot, releaseSlot, renewSlots } from './slot-scripts.ts'

export type SlotRequest = {
  sourceId: string
  /** Connections the source allows at once; `Infinity` for an unlimited source. */
  limit: number
  channelId: string
}

export type AcquireOutcome =
  | { outcome: 'granted'; slotId: string }
  /** `retryAfterMs`: when the earliest lease ends if nobody renews it; a slot may come free sooner. */
  | { outcome: 'full'; retryAfterMs: number }

export type HeldSlot = SlotRequest & { slotId: string }

export type SlotsOptions = {
  redis: Redis
  keys: RedisKeys
  /** Random id of this process, made once at its start. */
  incarnation: string
  /** Name of the node, for people who read Redis. */
  nodeId: string
  /** How long a slot stays taken after its last renewal: 19,000 covers a node that is frozen and wakes again. */
  leaseMs: number
  /** The proof of death; without it slots of dead nodes come free only when their lease ends. */
  deathWatch?: { isGone(incarnation: string): Promise<boolean> }
  monotonicMs?: () => number
  newSlotId?: () => string
}

type Held = HeldSlot & { renewedAtMs: number; runId: string }

export type Slots = ReturnType<typeof createSlots>

/**
 * Connection slots: the right to hold one connection to a source, as leases in Redis, never as a counter.
 *
 * Promised: at every instant at most `limit` slots of a source are held, however many processes ask, crash or freeze;
 * a slot is taken before a connection is opened, and given back only after its socket has closed (the caller's part).
 * A slot is never taken again silently: who loses one must close its connection at once.
 * Not promised yet: when Redis loses its memory, another node can be granted a slot before its holder has re-asserted
 * it; the holder is then told that it lost the slot, so the provider may see one connection too many for one beat.
 */
export function createSlots(options: SlotsOptions) {
  const { redis, keys, incarnation, nodeId, leaseMs, deathWatch } = options
  const { monotonicMs = () => performance.now(), newSlotId = randomUUID } = options
  const heldSlots = new Map<string, Held>()
  /** Given back by us, but Redis has not confirmed it yet: slot id → source. */
  const releasing = new Map<string, string>()
  /** Given up by {@link abandonOlderThan}, and not given back yet: its socket may still be closing. */
  const abandoned = new Map<string, string>()
  const slotKeys = (sourceId: string) => [keys.sourceSlots(sourceId), keys.sourceSlotHolders(sourceId)]
  const removeGoneHolders = deathWatch && createGoneHolderRemover({ redis, slotKeys, incarnation, leaseMs, deathWatch })

  /**
   * Takes a slot. When the source is full, slots of processes proven dead are freed and the request is tried once
   * more, which can take up to 1.5 s.
   *
   * @throws when Redis does not answer: then there is no slot.
   */
  async function acquire(request: SlotRequest): Promise<AcquireOutcome> {
    if (!(request.limit >= 1)) throw new RangeError(`limit of a source must be at least 1, not ${request.limit}`)
    const first = await take(newSlotId(), request)
    if (first.outcome === 'granted' || !removeGoneHolders) return withoutHolders(first)
    const freed = await removeGoneHolders(request.sourceId, first.holders)
    return withoutHolders(freed ? await take(newSlotId(), request) : first)
  }

  async function take(slotId: string, request: SlotRequest) {
    const renewedAtMs = monotonicMs()
    try {
      const keysOfSource = slotKeys(request.sourceId)
      const answer = await acquireSlot(redis, keysOfSource, acquireArguments({ ...request, slotId }))
      if (answer.outcome === 'full') return answer
      heldSlots.set(slotId, { ...request, slotId, renewedAtMs, runId: answer.runId })
      return { outcome: 'granted' as const, slotId }
    } catch (error) {
      // The answer may be lost although the slot was taken: give it back as soon as Redis listens.
      releasing.set(slotId, request.sourceId)
      throw error
    }
  }

  function acquireArguments({ slotId, limit, channelId }: HeldSlot) {
    const finiteLimit = Number.isFinite(limit) ? limit : Number.MAX_SAFE_INTEGER
    return [slotId, finiteLimit, leaseMs, channelId, nodeId, incarnation] as const
  }

  /**
   * Extends everything that is held, in one go, and repeats releases that did not get through.
   * A slot that Redis has forgotten because it restarted empty is re-asserted, if the limit allows it.
   *
   * @returns `lost`: slots that are no longer ours; `failures`: what kept sources from being renewed (their slots
   * stay held until {@link abandonOlderThan} gives them up).
   */
  async function renewAll(): Promise<{ lost: string[]; failures: unknown[] }> {
    const bySource = Map.groupBy(heldSlots.values(), (slot) => slot.sourceId)
    const renewals = await Promise.allSettled([...bySource].map(([sourceId, slots]) => renewSource(sourceId, slots)))
    await Promise.all([...releasing.keys()].map(release))
    return {
      lost: renewals.flatMap((renewal) => (renewal.status === 'fulfilled' ? renewal.value : [])),
      failures: renewals.flatMap((renewal) => (renewal.status === 'rejected' ? [renewal.reason] : [])),
    }
  }

  async function renewSource(sourceId: string, slots: Held[]): Promise<string[]> {
    const sentAtMs = monotonicMs()
    const args = [incarnation, leaseMs, ...slots.map((slot) => slot.slotId)]
    const { runId, lost } = await renewSlots(redis, slotKeys(sourceId), args)
    const gone: string[] = []
    for (const slot of slots) {
      if (!heldSlots.has(slot.slotId)) continue
      if (!lost.includes(slot.slotId)) {
        Object.assign(slot, { renewedAtMs: sentAtMs, runId })
      } else if (slot.runId === runId || !(await reassert(slot))) {
        heldSlots.delete(slot.slotId)
        gone.push(slot.slotId)
      }
    }
    return gone
  }

  /** Only for a Redis with a new run id: its memory ended, our provider connection did not. */
  async function reassert(slot: Held): Promise<boolean> {
    const sentAtMs = monotonicMs()
    const answer = await acquireSlot(redis, slotKeys(slot.sourceId), acquireArguments(slot))
    if (answer.outcome === 'full') return false
    Object.assign(slot, { renewedAtMs: sentAtMs, runId: answer.runId })
    return true
  }

  /**
   * Gives a slot back; call it after the provider's socket has closed. Never throws: when Redis is away the release is
   * repeated by {@link renewAll}, and the lease ends by itself.
   */
  async function release(slotId: string): Promise<{ outcome: 'released' | 'postponed' }> {
    const sourceId = heldSlots.get(slotId)?.sourceId ?? abandoned.get(slotId) ?? releasing.get(slotId)
    if (sourceId === undefined) return { outcome: 'released' }
    heldSlots.delete(slotId)
    abandoned.delete(slotId)
    releasing.set(slotId, sourceId)
    try {
      await releaseSlot(redis, slotKeys(sourceId), [slotId, incarnation])
      releasing.delete(slotId)
      return { outcome: 'released' }
    } catch {
      return { outcome: 'postponed' }
    }
  }

  /**
   * Gives up, here and at once, every slot whose last renewal is older; answers their ids. They are not renewed any more,
   * but stay taken in Redis until the caller has closed the connection and calls {@link release}, or their lease ends.
   */
  function abandonOlderThan(ageMs: number): string[] {
    const now = monotonicMs()
    const old = [...heldSlots.values()].filter((slot) => now - slot.renewedAtMs >= ageMs)
    for (const { slotId, sourceId } of old) {
      heldSlots.delete(slotId)
      abandoned.set(slotId, sourceId)
    }
    return old.map((slot) => slot.slotId)
  }

  /** What this process holds, in order of acquisition. */
  function held(): HeldSlot[] {
    return [...heldSlots.values()].map(({ slotId, sourceId, limit, channelId }) => ({
      slotId,
      sourceId,
      limit,
      channelId,
    }))
  }

  /** Slots of a source in the whole cluster, for status pages. Slots without a readable holder have none. */
  async function list(sourceId: string): Promise<Array<{ slotId: string; holder: SlotHolder | undefined }>> {
    const [slots, holders] = await Promise.all([
      redis.zrange(keys.sourceSlots(sourceId), '0', '-1'),
      redis.hgetall(keys.sourceSlotHolders(sourceId)),
    ])
    return slots.map((slotId) => ({ slotId, holder: parseHolder(holders[slotId]) }))
  }

  return { acquire, renewAll, release, abandonOlderThan, held, list }
}

function withoutHolders(answer: AcquireOutcome): AcquireOutcome {
  return answer.outcome === 'granted' ? answer : { outcome: 'full', retryAfterMs: answer.retryAfterMs }
}
