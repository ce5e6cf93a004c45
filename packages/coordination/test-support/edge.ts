import { connectRedis, createKeys } from '@kptv/redis'
import { eventually } from '@kptv/testkit'
import { type Cluster, type JoinClusterOptions, joinCluster } from '../src/join-cluster.ts'
import { defaultTiming, type Timing } from '../src/timing.ts'

export const silent = { debug() {}, info() {}, warn() {}, error() {} }

export type EdgeOptions = Pick<JoinClusterOptions, 'monotonicMs' | 'wallMs' | 'newSlotId'> &
  Partial<Pick<JoinClusterOptions, 'isDownForEveryone' | 'confirmLeft' | 'accounts' | 'logger'>> & {
    readonly url: string
    readonly prefix: string
    readonly nodeId?: string
    /** Default: the real times, but no warm-up, and commands may wait for a busy machine. */
    readonly timing?: Partial<Timing>
  }

export type Edge = Awaited<ReturnType<typeof startEdge>>

/**
 * The coordination of one edge, made as in production, with its own connections. It beats only on
 * request.
 */
export async function startEdge(options: EdgeOptions) {
  const { url, prefix, nodeId = 'node-1' } = options
  const timing: Timing = { ...defaultTiming, warmUpMs: 0, commandMs: 10_000, ...options.timing }
  const keys = createKeys(prefix)
  const connection = { url, name: 'test', logger: silent }
  const redis = await connectRedis({ ...connection, role: 'commands', commandTimeoutMs: timing.commandMs })
  const subscriber = await connectRedis({ ...connection, role: 'subscriber' })
  const cluster: Cluster = joinCluster({
    logger: silent,
    accounts: () => [],
    confirmLeft: async () => false,
    isDownForEveryone: async () => false,
    ...options,
    redis,
    subscriber,
    keys,
    timing,
    self: {
      node: nodeId,
      pid: process.pid,
      url: 'http://here:80',
      internalUrl: '',
      internalKey: 'k',
      version: '1',
      startedAt: '2026-01-01T00:00:00Z',
    },
    load: () => ({ state: 'serving', viewers: 3, channels: 1 }),
  })
  const { parts, ...rest } = cluster
  await parts.livenessWatch.start()
  return {
    ...rest,
    ...parts,
    timing,
    keys,
    redis,
    subscriber,

    /** Resolves when any process may take anything. */
    whenWarm: () =>
      eventually('Redis is warm', async () => {
        await parts.warmUp.checkAll()
        return parts.warmUp.isWarm()
      }),

    async [Symbol.asyncDispose]() {
      await parts.heartbeat[Symbol.asyncDispose]()
      await parts.reconcile[Symbol.asyncDispose]()
      for (const each of [redis, subscriber]) if (each.status !== 'end') each.disconnect()
    },
  }
}

/**
 * An edge that renews often, as long as the returned object lives: `using _ = keepBeating(edge)`.
 */
export function keepBeating({ heartbeat }: Pick<Edge, 'heartbeat'>): Disposable {
  const timer = setInterval(() => void heartbeat.beat(), 100)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

/**
 * Time as this process experiences it: a suspended process does not age, so its deadlines pass only
 * for other reasons.
 */
export function createOwnTime(): Disposable & { readonly monotonicMs: () => number } {
  let ownMs = 0
  let sampledAtMs = performance.now()
  const timer = setInterval(() => {
    const nowMs = performance.now()
    ownMs += Math.min(nowMs - sampledAtMs, 50)
    sampledAtMs = nowMs
  }, 10)
  return { monotonicMs: () => ownMs, [Symbol.dispose]: () => clearInterval(timer) }
}
