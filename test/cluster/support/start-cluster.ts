import { type CatalogStatus, type SourceStatus, type StatusAnswer, statusAnswer } from '@kptv/contract'
import {
  type ChaosProxy,
  eventually,
  findFreePort,
  type RedisForTests,
  type StartedProcess,
  startChaosProxyThread,
  startProcess,
  startRedisForTests,
} from '@kptv/testkit'

const EDGE = new URL('../../../apps/api/src/main.ts', import.meta.url)
const WORKER = new URL('../../../apps/worker/src/main.ts', import.meta.url)

/** A busy machine may load an edge for half a minute, and its supervisor may start it twice. */
const START_MS = 100_000

type ClusterOptions = {
  /** Value of SOURCES: `http://…|2,http://…|1`. */
  readonly sources: string
  readonly edges?: number
  /** Further settings, for all processes. */
  readonly settings?: Readonly<Record<string, string>>
  /** What differs between the edges, in the order in which they start. */
  readonly edgeSettings?: readonly Readonly<Record<string, string>>[]
  /**
   * Started by the caller: a Redis Cluster, or one with Sentinels; ended with the rest. Default: a
   * server of its own, which tests may kill.
   */
  readonly redis?: Pick<RedisForTests, 'url' | 'command' | 'stop'>
  /** Each edge reaches Redis over its own link, which a test can disturb. Default false. */
  readonly hasLinks?: boolean
  /** Wait until all edges, also those started later, may get viewers. Default true. */
  readonly waitForCatalog?: boolean
}

export type EdgeNode = {
  /** Its NODE_ID: `edge-1`, … */
  readonly name: string
  /** Changes when the node is started again. */
  process: StartedProcess
  /** `http://127.0.0.1:port`, no slash at the end. */
  readonly url: string
  readonly adminUrl: string
  /** Its way to Redis, with `hasLinks`. */
  readonly link?: ChaosProxy
}

export type Cluster = {
  readonly redis: RedisForTests
  readonly worker: StartedProcess
  readonly edges: readonly EdgeNode[]
  /** The first edge. */
  readonly edge: EdgeNode
  /** All that were ever started, those that have ended too. */
  readonly processes: readonly StartedProcess[]
  startEdge(): Promise<EdgeNode>
  /** Starts a node again that has ended, with its ports and its link. */
  restartEdge(edge: EdgeNode): Promise<void>
  startWorker(): Promise<StartedProcess>
  /** Ids of the channels by name, read from the playlist that players get. */
  channelIds(): Promise<Map<string, string>>
  /**
   * Address of a channel on the first edge, without an extension; of the first in the playlist,
   * unless its name is given.
   */
  streamUrl(name?: string): Promise<string>
  status(edge?: EdgeNode): Promise<Status>
  /** Members of all slot sets in Redis. */
  slotCount(): Promise<number>
  [Symbol.asyncDispose](): Promise<void>
}

/** `/status` of a node that Redis answers. */
type Status = Omit<StatusAnswer, 'catalog' | 'sources'> & {
  readonly catalog: CatalogStatus
  readonly sources: readonly SourceStatus[]
}

/** A real Redis, a real worker and real edges, as separate processes; all ended when disposed. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const redis = (options.redis ?? (await startWarmRedis())) as RedisForTests
  const settings = {
    SOURCES: options.sources,
    REDIS_URL: redis.url,
    INACTIVE_TIMEOUT: '1s',
    ...(process.env.TEST_LOGS !== undefined && { DEBUG: 'true' }),
    ...options.settings,
  }
  const processes: StartedProcess[] = []

  const startWorker = async (): Promise<StartedProcess> => {
    const worker = await startProcess({ file: WORKER, name: 'worker', env: { NODE_ID: 'worker', ...settings } })
    processes.push(worker)
    return worker
  }
  const runEdge = async (name: string, place: EdgePlace): Promise<StartedProcess> => {
    const { port, adminPort, link } = place
    const redisUrl = link === undefined ? redis.url : `redis://${link.address}`
    const ports = { PORT: String(port), ADMIN_PORT: String(adminPort) }
    const own = options.edgeSettings?.[Number(name.slice('edge-'.length)) - 1]
    const env = { NODE_ID: name, ...ports, ...settings, ...own, REDIS_URL: redisUrl }
    const started = await startProcess({ file: EDGE, name, env })
    processes.push(started)
    await started.waitForPort(adminPort, { deadlineMs: START_MS })
    return started
  }
  const startEdge = async (number: number): Promise<EdgeNode> => {
    const ports = { port: await findFreePort(), adminPort: await findFreePort() }
    const link = options.hasLinks
      ? await startChaosProxyThread({ targetPort: Number(new URL(redis.url).port) })
      : undefined
    const place = { ...ports, ...(link !== undefined && { link }) }
    const name = `edge-${number}`
    const node = {
      name,
      process: await runEdge(name, place),
      url: `http://127.0.0.1:${ports.port}`,
      adminUrl: `http://127.0.0.1:${ports.adminPort}`,
      ...(link !== undefined && { link }),
    }
    edges[number - 1] = node
    places.set(name, place)
    return node
  }
  // Each reads the catalogue, and gets warm, for itself.
  const mayGetViewers = async (edge: EdgeNode): Promise<EdgeNode> => {
    if (options.waitForCatalog === false) return edge
    const isReady = () => isFullyReady(edge)
    await eventually(`${edge.name} is ready`, isReady, { deadlineMs: START_MS })
    return edge
  }

  const edges: Array<EdgeNode & { process: StartedProcess }> = []
  const places = new Map<string, EdgePlace>()
  const worker = await startWorker()
  await Promise.all(Array.from({ length: options.edges ?? 1 }, (_, index) => startEdge(index + 1)))
  const edge = edges[0]!
  await Promise.all(edges.map(mayGetViewers))

  const channelIds = async (): Promise<Map<string, string>> =>
    channelIdsOf(await (await fetch(`${edge.url}/playlist.m3u8`)).text())
  return {
    redis,
    worker,
    edges,
    edge,
    processes,
    startEdge: async () => mayGetViewers(await startEdge(edges.length + 1)),
    startWorker,
    async restartEdge({ name }) {
      const process = await runEdge(name, places.get(name)!)
      edges.find((edge) => edge.name === name)!.process = process
    },
    channelIds,
    async streamUrl(name) {
      const ids = await channelIds()
      const id = name === undefined ? [...ids.values()][0] : ids.get(name)
      if (id === undefined) throw new Error(`the playlist has no channel ${name ?? ''}`)
      return `${edge.url}/stream/${id}`
    },
    status: async (node = edge) => statusAnswer.parse(await (await fetch(`${node.adminUrl}/status`)).json()) as Status,
    slotCount: () => countSlots(redis),
    async [Symbol.asyncDispose]() {
      // SIGINT: at once, but cleanly; a drain would wait for a balancer that is not there.
      for (const process of processes) process.kill('SIGINT')
      await Promise.all(processes.map((process) => process.stop()))
      await Promise.all(edges.map(({ link }) => link?.stop()))
      await redis.stop()
    },
  }
}

/**
 * A separate Redis that has been there for a while: a new one is cold, and no test here is about
 * that.
 */
async function startWarmRedis(): Promise<RedisForTests> {
  const redis = await startRedisForTests({ isPrivate: true })
  const [, runId = ''] = /run_id:(\w+)/.exec(String(await redis.command('INFO', 'server'))) ?? []
  await redis.command('HSET', 'kptv:0:memory', 'runId', runId, 'since', Date.now() - 60_000)
  return redis
}

/**
 * Nothing limits the node: not even an outage that all nodes share, in which it may get viewers all
 * the same.
 */
export async function isFullyReady({ url }: Pick<EdgeNode, 'url'>): Promise<boolean> {
  const { status } = (await (await fetch(`${url}/readyz`)).json()) as { readonly status: string }
  return status === 'ready'
}

type EdgePlace = { readonly port: number; readonly adminPort: number; readonly link?: ChaosProxy }

function channelIdsOf(playlist: string): Map<string, string> {
  const entries = playlist.matchAll(/^#EXTINF:[^\n]*,([^\n]*)\n\S*\/stream\/([0-9a-f]{16})\.\w+$/gm)
  return new Map([...entries].map(([, name, id]) => [name!, id!]))
}

async function countSlots(redis: RedisForTests): Promise<number> {
  const keys = (await redis.command('KEYS', '*:slots')) as string[]
  const counts = await Promise.all(keys.map((key) => redis.command('ZCARD', key)))
  return counts.reduce((sum: number, count) => sum + Number(count), 0)
}
