import { setTimeout as sleep } from 'node:timers/promises'
import { breakConnection, type Redis } from '@kptv/redis'
import type { Incarnation } from '../incarnation.ts'
import type { Leadership } from '../leadership/leadership.ts'
import type { LeaseClock } from '../leases/lease-clock.ts'
import { createOutageGrace } from '../leases/outage-grace.ts'
import type { LivenessWatch } from '../liveness/watch.ts'
import type { Logger } from '../logger.ts'
import type { DeathReason, Nodes } from '../nodes/nodes.ts'
import type { Presence } from '../presence/presence.ts'
import type { Slots } from '../slots/slots.ts'
import type { Timing } from '../timing.ts'
import type { MemoryView, WarmUp } from '../warm-up/warm-up.ts'
import { createCommandBatch } from './command-batch.ts'

export type HeartbeatOptions = {
  /** The lease connection: of role `commands`, with `commandTimeoutMs: timing.commandMs`. */
  redis: Redis
  timing: Timing
  logger: Logger
  incarnation: Incarnation
  clock: LeaseClock
  warmUp: Pick<WarmUp, 'checkAll'>
  livenessWatch: Pick<LivenessWatch, 'start' | 'renew'>
  nodes: Pick<Nodes, 'renew' | 'enter' | 'hasEntered' | 'list' | 'ownKey'>
  leadership: Pick<Leadership, 'renewAll' | 'settleMissing' | 'abandonExpired' | 'abandonAll' | 'extendTo'>
  slots: Pick<Slots, 'renewAll' | 'settleMissing' | 'abandonExpired' | 'abandonAll' | 'extendTo'>
  presence: Pick<Presence, 'renewAll' | 'forget'>
  /** See {@link createOutageGrace}. Default: never, so that everything stops at its deadline. */
  isDownForEveryone?: () => Promise<boolean>
  random?: () => number
}

type DeathListener = (event: { old: string; incarnation: string; reason: DeathReason }) => void

/** How exactly deadlines are kept. */
const DEADLINE_CHECK_MS = 50
/** Between two readings of who else is there. */
const LIST_MS = 2000

export type Heartbeat = ReturnType<typeof createHeartbeat>

/**
 * The one timer that renews all that this process has in Redis, in one pipeline: its record, what it leads, its slots,
 * its viewers; and reads the warmUp. Deadlines are kept also while a beat hangs.
 *
 * Losses are told by `leadership.onLost` and `slots.onLost`. When others may have declared this process dead, both lose
 * everything, and the process goes on under a new incarnation (`onDeclaredDead`).
 */
export function createHeartbeat(options: HeartbeatOptions) {
  const { redis, timing, logger, incarnation, clock, warmUp, livenessWatch, nodes, random = Math.random } = options
  const { leadership, slots, presence, isDownForEveryone = async () => false } = options
  const ride = createOutageGrace({ redis, timing, clock, holdings: [leadership, slots], isDownForEveryone, logger })
  const listeners = new Set<DeathListener>()
  let renewedAtMs = clock.now()
  let listedAtMs = Number.NEGATIVE_INFINITY
  let beating: Promise<void> | undefined
  let beatTimer: NodeJS.Timeout | undefined
  let deadlineTimer: NodeJS.Timeout | undefined
  let isAway = false

  function start(): void {
    if (deadlineTimer) return
    deadlineTimer = setInterval(checkDeadlines, DEADLINE_CHECK_MS)
    redis.on('ready', beatNow)
    beatNow()
  }

  function checkDeadlines(): void {
    leadership.abandonExpired()
    slots.abandonExpired()
    // After a sleep of the machine nothing may be used before it is renewed.
    if (clock.isSuspect(renewedAtMs)) beatNow()
  }

  function beatNow(): void {
    clearTimeout(beatTimer)
    beatTimer = setTimeout(beatNow, timing.beatMs * (0.9 + random() * 0.2))
    void beat()
  }

  /** One beat, or the one that is under way; also for tests. Never throws. */
  function beat(): Promise<void> {
    beating ??= renewAll()
      .catch((error: unknown) => tellOutage([error]))
      .finally(() => {
        beating = undefined
      })
    return beating
  }

  async function renewAll(): Promise<void> {
    void ride.probe()
    const sentAtMs = clock.now()
    const batch = createCommandBatch(redis)
    const { runner } = batch
    const answers = Promise.allSettled([
      leadership.renewAll(runner),
      slots.renewAll(runner),
      presence.renewAll(runner),
      nodes.renew(runner),
      // Last, so that it knows of every loss of memory that the others have met.
      warmUp.checkAll(runner),
    ])
    await batch.send()
    const [leads, held, viewers, record, checked] = await answers
    const failures = [...answered(leads, []), ...answered(held, [])]
    for (const { reason } of [viewers, record, checked].filter((answer) => answer.status === 'rejected')) {
      failures.push(reason)
    }
    if (checked.status === 'fulfilled' && record.status === 'fulfilled') {
      failures.push(...checked.value.failures, ...(await settle(checked.value, record.value)))
    }
    if (failures.length === 0) renewedAtMs = sentAtMs
    tellOutage(failures)
    if (failures.length === 0 && clock.now() - listedAtMs >= LIST_MS) await listNodes()
  }

  async function settle(memories: MemoryView, record: 'renewed' | 'missing' | 'tombstone'): Promise<unknown[]> {
    for (const { warmInMs } of memories.lost) {
      logger.warn({ warmInMs }, 'Redis has lost its memory; what is held is written again')
    }
    if (memories.lost.length > 0) {
      presence.forget()
      livenessWatch.renew()
    }
    const memory = memories.of(nodes.ownKey())?.memory
    if (record === 'tombstone') await rise(memories, 'tombstone')
    else if (record === 'missing' && memory !== undefined) {
      if (nodes.hasEntered(memory)) await rise(memories, 'record-missing')
      else await nodes.enter(memory)
    }
    const failures = [await leadership.settleMissing(memories), await slots.settleMissing(memories)]
    return failures.flat()
  }

  /** Others may have taken over what was ours: nothing of it is used any more, and its owner never returns. */
  async function rise(memories: MemoryView, reason: DeathReason): Promise<void> {
    leadership.abandonAll()
    slots.abandonAll()
    const old = incarnation.replace()
    logger.error({ reason, old, incarnation: incarnation.id }, 'this node was declared dead and goes on as a new one')
    for (const listener of listeners) listener({ old, incarnation: incarnation.id, reason })
    // Until others see it, its deadlines are short; a server that is away must not stop the beats for the others.
    await Promise.race([livenessWatch.start(), sleep(timing.commandMs)])
    await nodes.enter(memories.of(nodes.ownKey())?.memory)
  }

  async function listNodes(): Promise<void> {
    listedAtMs = clock.now()
    await nodes.list().catch(() => undefined)
  }

  function tellOutage(failures: unknown[]): void {
    const reasons = new Set(failures.map((failure) => String((failure as { message?: unknown })?.message ?? failure)))
    if (reasons.size > 0 && !isAway) logger.warn({ reasons: [...reasons] }, 'what is held could not be renewed')
    if (reasons.size === 0 && isAway) logger.info({}, 'what is held is renewed again')
    isAway = reasons.size > 0
    // Half-open: made anew at once. A polite end would wait two seconds for the other side.
    if (reasons.has('Command timed out')) breakConnection(redis)
  }

  return {
    start,
    beat,

    isInGrace: ride.isInGrace,

    /** This process was declared dead and has a new incarnation. @returns a function that removes the listener. */
    onDeclaredDead(listener: DeathListener): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    /** Stops the timers and waits for a beat under way. What is held stays held until its lease ends. */
    async [Symbol.asyncDispose](): Promise<void> {
      redis.off('ready', beatNow)
      ride[Symbol.dispose]()
      clearInterval(deadlineTimer)
      clearTimeout(beatTimer)
      await beating
    },
  }
}

function answered<Value>(result: PromiseSettledResult<Value>, otherwise: Value): Value {
  return result.status === 'fulfilled' ? result.value : otherwise
}
