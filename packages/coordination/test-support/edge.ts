import { connectRedis, createKeys } from '@kptv/redis'
import {
  type AskHolder,
  createDeathWatch,
  createEvidenceGatherer,
  createGuard,
  createHeartbeat,
  createIncarnation,
  createLeadership,
  createLeaseClock,
  createNodes,
  createPresence,
  createReconcile,
  createSlots,
  createTombstones,
  defaultTiming,
  type HeartbeatOptions,
  type Timing,
} from '../src/index.ts'

export const silent = { debug() {}, info() {}, warn() {}, error() {} }

export type EdgeOptions = {
  url: string
  prefix: string
  nodeId?: string
  /** Default: the real times, but no warm-up, and commands may wait for a busy machine. */
  timing?: Partial<Timing>
  monotonicMs?: () => number
  wallMs?: () => number
  mayRide?: HeartbeatOptions['mayRide']
  accountIds?: readonly string[]
  askHolder?: AskHolder
  newSlotId?: () => string
}

export type Edge = Awaited<ReturnType<typeof startEdge>>

/** The coordination of one edge, made as in production, with connections of its own. Its heart beats when told to. */
export async function startEdge(options: EdgeOptions) {
  const { url, prefix, nodeId = 'node-1', mayRide, accountIds = [], askHolder, newSlotId } = options
  const { monotonicMs = () => performance.now(), wallMs = Date.now } = options
  const timing: Timing = { ...defaultTiming, warmUpMs: 0, commandMs: 10_000, ...options.timing }
  const keys = createKeys(prefix)
  const incarnation = createIncarnation()
  const connection = { url, name: 'test', logger: silent }
  const redis = await connectRedis({ ...connection, role: 'commands', commandTimeoutMs: timing.commandMs })
  const subscriber = await connectRedis({ ...connection, role: 'subscriber' })
  const common = { redis, keys, incarnation, timing }
  const tombstones = createTombstones({ redis, keys })
  const guard = createGuard({ redis, keys, warmUpMs: timing.warmUpMs })
  const deathWatch = createDeathWatch({ ...common, subscriber, guard })
  const evidence = createEvidenceGatherer({ tombstones, deathWatch })
  const clock = createLeaseClock({ timing, isWatched: deathWatch.isWatched, monotonicMs, wallMs })
  const self = {
    node: nodeId,
    pid: process.pid,
    url: 'http://here',
    internalUrl: '',
    internalKey: 'k',
    version: '1',
    startedAt: '2026-01-01T00:00:00Z',
  }
  const load = () => ({ state: 'serving' as const, viewers: 3, channels: 1 })
  const nodes = createNodes({ ...common, tombstones, self, load, now: monotonicMs })
  const leadership = createLeadership({ ...common, nodeId, clock, guard, evidence })
  const asked = askHolder && { askHolder }
  const slots = createSlots({ ...common, nodeId, clock, guard, evidence, ...asked, ...(newSlotId && { newSlotId }) })
  const presence = createPresence({ ...common, monotonicMs })
  const heartbeat = createHeartbeat({
    ...{ ...common, logger: silent, clock, guard, deathWatch, nodes, leadership, slots, presence },
    ...(mayRide && { mayRide }),
  })
  const reconcile = createReconcile({
    ...{ ...common, guard, evidence, accountIds: () => accountIds, logger: silent },
    ...asked,
  })
  await deathWatch.start()
  return {
    ...{ timing, keys, redis, subscriber, incarnation, tombstones, deathWatch, guard, clock, nodes, leadership },
    ...{ slots, presence, heartbeat, reconcile },
    async [Symbol.asyncDispose]() {
      await heartbeat[Symbol.asyncDispose]()
      await reconcile[Symbol.asyncDispose]()
      for (const each of [redis, subscriber]) if (each.status !== 'end') each.disconnect()
    },
  }
}

/** An edge that renews often, as long as the returned object lives: `using _ = keepBeating(edge)`. */
export function keepBeating({ heartbeat }: Pick<Edge, 'heartbeat'>): Disposable {
  const timer = setInterval(() => void heartbeat.beat(), 100)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

/** Time as this process has had it: one that stands still grows no older, so its deadlines pass for other reasons only. */
export function createOwnTime(): Disposable & { now: () => number } {
  let ownMs = 0
  let lookedAtMs = performance.now()
  const timer = setInterval(() => {
    const nowMs = performance.now()
    ownMs += Math.min(nowMs - lookedAtMs, 50)
    lookedAtMs = nowMs
  }, 10)
  return { now: () => ownMs, [Symbol.dispose]: () => clearInterval(timer) }
}
