import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '@kptv/clock'
import type { Redis } from '@kptv/redis'
import type { Incarnation } from '../incarnation.ts'
import type { Leadership } from '../leadership/leadership.ts'
import { DeadlineWatch } from '../leases/deadline-watch.ts'
import type { LeaseClock } from '../leases/lease-clock.ts'
import { createOutageGrace } from '../leases/outage-grace.ts'
import { refusesWrites } from '../leases/refused-writes.ts'
import type { LivenessWatch } from '../liveness/watch.ts'
import type { Logger } from '../logger.ts'
import type { DeathReason, Nodes } from '../nodes/nodes.ts'
import type { Presence } from '../presence/presence.ts'
import type { Slots } from '../slots/slots.ts'
import type { Timing } from '../timing.ts'
import type { MemoryView, WarmUp } from '../warm-up/warm-up.ts'
import { createCommandBatch } from './command-batch.ts'
import { createRenewalReport } from './renewal-report.ts'

type Holdings = 'renewAll' | 'settleMissing' | 'abandonExpired' | 'abandonAll' | 'extendTo' | 'safeForMs'

type HeartbeatOptions = {
  /** The lease connection: of role `commands`, with `commandTimeoutMs: timing.commandMs`. */
  readonly redis: Redis
  readonly timing: Timing
  readonly logger: Logger
  readonly incarnation: Incarnation
  readonly clock: LeaseClock
  readonly warmUp: Pick<WarmUp, 'checkAll' | 'chill'>
  readonly livenessWatch: Pick<LivenessWatch, 'start' | 'renew'>
  readonly nodes: Pick<Nodes, 'renew' | 'enter' | 'hasEntered' | 'list' | 'ownKey'>
  readonly leadership: Pick<Leadership, Holdings>
  readonly slots: Pick<Slots, Holdings>
  readonly userStreams: { readonly leases: Pick<Slots, Holdings> }
  readonly presence: Pick<Presence, 'renewAll' | 'forget'>
  readonly isOnlyServer: boolean
  readonly isDownForEveryone: () => Promise<boolean>
  readonly random?: () => number
}

/** Between two readings of the list of nodes. */
const LIST_MS = 2000

/**
 * The one timer that renews everything this process has in Redis, in one pipeline: its record, its
 * leaderships, its slots, its viewers. It also reads the memory of Redis. Deadlines hold even while
 * a beat hangs.
 *
 * `leadership.onLost` and `slots.onLost` report losses. When others may have declared this process
 * dead, it loses all leaderships and slots and continues under a new incarnation.
 */
export function createHeartbeat(options: HeartbeatOptions) {
  const { redis, timing, logger, incarnation, clock, warmUp, livenessWatch, nodes, random = Math.random } = options
  const { leadership, slots, presence } = options
  const streams = options.userStreams.leases
  const grace = createOutageGrace({ ...options, holdings: [leadership, slots, streams] })
  const deadlines = new DeadlineWatch({
    clock: systemClock,
    leaseClock: clock,
    holdings: [leadership, slots, streams],
    renewedAtMs: () => renewedAtMs,
    renew: beatNow,
  })
  const report = createRenewalReport({ redis, grace, logger })
  const listNodes = createListing(nodes, clock)
  let renewedAtMs = clock.monotonicMs()
  let beating: Promise<void> | undefined
  let beatTimer: NodeJS.Timeout | undefined
  let wereWritesRefused = false

  function start(): void {
    deadlines.start()
    redis.on('ready', beatNow)
    beatNow()
  }

  function beatNow(): void {
    clearTimeout(beatTimer)
    beatTimer = setTimeout(beatNow, timing.beatMs * (0.9 + random() * 0.2))
    void beat()
  }

  /** One beat, or the one that is under way; also for tests. Never throws. */
  function beat(): Promise<void> {
    beating ??= renewAll()
      .catch((error: unknown) => report([error]))
      .finally(() => {
        beating = undefined
        deadlines.rest()
      })
    return beating
  }

  async function renewAll(): Promise<void> {
    void grace.probe()
    const sentAtMs = clock.monotonicMs()
    const batch = createCommandBatch(redis)
    const { runner } = batch
    const answers = Promise.allSettled([
      leadership.renewAll(runner),
      slots.renewAll(runner),
      streams.renewAll(runner),
      presence.renewAll(runner),
      nodes.renew(runner),
      // Last, so that it knows every loss of memory that the steps above have found.
      warmUp.checkAll(runner),
    ])
    await batch.send()
    const [leads, held, watched, viewers, record, memories] = await answers
    const failures = [...answered(leads, []), ...answered(held, []), ...answered(watched, [])]
    for (const { reason } of [viewers, record, memories].filter((answer) => answer.status === 'rejected')) {
      failures.push(reason)
    }
    if (memories.status === 'fulfilled' && record.status === 'fulfilled') {
      failures.push(...memories.value.failures, ...(await settle(memories.value, record.value)))
    }
    wereWritesRefused = failures.some(refusesWrites)
    if (wereWritesRefused) {
      grace.writesRefused(sentAtMs)
      // When Redis takes writes again, holders go first, as after a loss of memory.
      warmUp.chill()
    }
    if (failures.length === 0) renewedAtMs = sentAtMs
    report(failures)
    if (failures.length === 0) await listNodes()
  }

  async function settle(memories: MemoryView, record: 'renewed' | 'missing' | 'tombstone'): Promise<unknown[]> {
    for (const { warmInMs } of memories.lost) {
      logger.warn({ warmInMs }, 'Redis lost its memory; held leases are written again')
    }
    if (memories.lost.length > 0) {
      presence.forget()
      livenessWatch.renew()
    }
    const memory = memories.of(nodes.ownKey())?.memory
    if (record === 'tombstone') await rise(memories, 'tombstone')
    else if (record === 'missing' && memory !== undefined) {
      // While Redis took no writes no process could renew, so a missing record proves nothing.
      if (nodes.hasEntered(memory) && !wereWritesRefused) await rise(memories, 'record-missing')
      else await nodes.enter(memory)
    }
    const failures = [
      await leadership.settleMissing(memories),
      await slots.settleMissing(memories),
      await streams.settleMissing(memories),
    ]
    return failures.flat()
  }

  /**
   * Others may have taken over our leases: we never use them again, and the old incarnation never
   * returns.
   */
  async function rise(memories: MemoryView, reason: DeathReason): Promise<void> {
    leadership.abandonAll()
    slots.abandonAll()
    streams.abandonAll()
    const old = incarnation.replace()
    logger.error(
      { reason, old, incarnation: incarnation.id },
      'node was declared dead, continuing under a new incarnation',
    )
    // Until others see it, its deadlines are short; one missing server must not stop the beats for
    // the rest.
    await Promise.race([livenessWatch.start(), sleep(timing.commandMs)])
    await nodes.enter(memories.of(nodes.ownKey())?.memory)
  }

  return {
    start,
    beat,

    /** Stops the timers and waits for a beat under way. Leases stay held until they end. */
    async [Symbol.asyncDispose](): Promise<void> {
      redis.off('ready', beatNow)
      grace[Symbol.dispose]()
      deadlines[Symbol.dispose]()
      clearTimeout(beatTimer)
      await beating
    },
  }
}

function answered<Value>(result: PromiseSettledResult<Value>, otherwise: Value): Value {
  return result.status === 'fulfilled' ? result.value : otherwise
}

/** Lists the nodes, unless that was done a moment ago. */
function createListing(nodes: Pick<Nodes, 'list'>, clock: LeaseClock): () => Promise<void> {
  let listedAtMs = Number.NEGATIVE_INFINITY
  return async () => {
    if (clock.monotonicMs() - listedAtMs < LIST_MS) return
    listedAtMs = clock.monotonicMs()
    await nodes.list().catch(() => undefined)
  }
}
