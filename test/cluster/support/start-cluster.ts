import {
  eventually,
  findFreePort,
  type RedisForTests,
  type StartedProcess,
  startProcess,
  startRedisForTests,
} from '@kptv/testkit'

const EDGE = new URL('../../../apps/api/src/main.ts', import.meta.url)
const WORKER = new URL('../../../apps/worker/src/main.ts', import.meta.url)

export type ClusterOptions = {
  /** Value of SOURCES: `http://…|2,http://…|1`. */
  readonly sources: string
  readonly edges?: number
  /** Further settings, for all processes. */
  readonly settings?: Readonly<Record<string, string>>
  /** Wait until a playlist is served. Default true. */
  readonly waitForCatalog?: boolean
}

export type EdgeNode = {
  readonly process: StartedProcess
  /** `http://127.0.0.1:port`, no slash at the end. */
  readonly url: string
  readonly adminUrl: string
}

export type Cluster = {
  readonly redis: RedisForTests
  readonly worker: StartedProcess
  readonly edges: readonly EdgeNode[]
  /** The first edge. */
  readonly edge: EdgeNode
  startEdge(): Promise<EdgeNode>
  startWorker(): Promise<StartedProcess>
  /** Ids of the channels by name, read from the playlist that players get. */
  channelIds(): Promise<Map<string, string>>
  /** Address of a channel on the first edge, without an ending; of the first in the playlist, unless its name is given. */
  streamUrl(name?: string): Promise<string>
  status(edge?: EdgeNode): Promise<Status>
  /** Members of all slot sets in Redis. */
  slotCount(): Promise<number>
  [Symbol.asyncDispose](): Promise<void>
}

/** What the tests read of `/status`. */
export type Status = {
  readonly redis: string
  readonly catalog: { readonly generation: number | null; readonly channels: number; readonly streams: number }
  readonly sources: ReadonlyArray<{
    readonly id: string
    readonly import: {
      readonly state: string
      readonly reason?: string
      readonly entries: number
      readonly progress?: number
    }
    readonly slots: readonly unknown[]
  }>
  readonly channels: ReadonlyArray<{ readonly phase: string; readonly source: string | null; readonly viewers: number }>
  readonly viewers: number
}

/** A real Redis, a real worker and real edges, as separate processes; all ended when disposed. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const redis = await startRedisForTests({ isPrivate: true })
  const settings = { SOURCES: options.sources, REDIS_URL: redis.url, INACTIVE_TIMEOUT: '1s', ...options.settings }
  const processes: StartedProcess[] = []

  const startWorker = async (): Promise<StartedProcess> => {
    const worker = await startProcess({ file: WORKER, name: 'worker', env: { NODE_ID: 'worker', ...settings } })
    processes.push(worker)
    return worker
  }
  const startEdge = async (): Promise<EdgeNode> => {
    const [port, adminPort] = [await findFreePort(), await findFreePort()]
    const name = `edge-${edges.length + 1}`
    const env = { NODE_ID: name, PORT: String(port), ADMIN_PORT: String(adminPort), ...settings }
    const process = await startProcess({ file: EDGE, name, env })
    processes.push(process)
    await process.waitForPort(adminPort)
    const node = { process, url: `http://127.0.0.1:${port}`, adminUrl: `http://127.0.0.1:${adminPort}` }
    edges.push(node)
    return node
  }

  const edges: EdgeNode[] = []
  const worker = await startWorker()
  for (let count = 0; count < (options.edges ?? 1); count += 1) await startEdge()
  const edge = edges[0]!
  if (options.waitForCatalog !== false) {
    await eventually('the edge is ready', async () => (await fetch(`${edge.url}/readyz`)).ok, { deadlineMs: 30_000 })
  }

  const channelIds = async (): Promise<Map<string, string>> =>
    channelIdsOf(await (await fetch(`${edge.url}/playlist.m3u8`)).text())
  return {
    redis,
    worker,
    edges,
    edge,
    startEdge,
    startWorker,
    channelIds,
    async streamUrl(name) {
      const ids = await channelIds()
      const id = name === undefined ? [...ids.values()][0] : ids.get(name)
      if (id === undefined) throw new Error(`the playlist has no channel ${name ?? ''}`)
      return `${edge.url}/stream/${id}`
    },
    status: async (node = edge) => (await (await fetch(`${node.adminUrl}/status`)).json()) as Status,
    slotCount: () => countSlots(redis),
    async [Symbol.asyncDispose]() {
      // SIGINT: at once, though in order; a drain would wait for a balancer that is not there.
      for (const process of processes) process.kill('SIGINT')
      await Promise.all(processes.map((process) => process.stop()))
      await redis.stop()
    },
  }
}

function channelIdsOf(playlist: string): Map<string, string> {
  const entries = playlist.matchAll(/^#EXTINF:[^\n]*,([^\n]*)\n\S*\/stream\/([0-9a-f]{16})\.ts$/gm)
  return new Map([...entries].map(([, name, id]) => [name!, id!]))
}

async function countSlots(redis: RedisForTests): Promise<number> {
  const keys = (await redis.command('KEYS', '*:slots')) as string[]
  const counts = await Promise.all(keys.map((key) => redis.command('ZCARD', key)))
  return counts.reduce((sum: number, count) => sum + Number(count), 0)
}
