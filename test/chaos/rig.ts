import { eventually, type FakeProviderProcess, startFakeProviderProcess } from '@kptv/testkit'
import { type Cluster, type EdgeNode, isFullyReady, startCluster } from '../cluster/support/start-cluster.ts'

export type RigOptions = {
  /** Connections that the provider allows, and that SOURCES names. */
  readonly limit: number
  /** Default 1. */
  readonly channels?: number
  /**
   * Each edge reaches Redis over a link that can be made bad; then a Redis that is gone does not
   * refuse, but breaks off.
   */
  readonly hasLinks?: boolean
  readonly settings?: Readonly<Record<string, string>>
}

/** One provider, mostly with one channel, a real Redis, a worker, three supervised edges. */
export type Rig = {
  readonly limit: number
  /** In a separate process; its count of its own sockets is the truth. */
  readonly provider: FakeProviderProcess
  readonly cluster: Cluster
  /** Of all channels. */
  readonly channelIds: readonly string[]
  /** Of the first channel, or the one with that number. */
  streamUrl(edge: EdgeNode, channel?: number): string
  /** The node that leads the first channel, as Redis says. */
  leader(): Promise<EdgeNode | undefined>
  /**
   * What is left in Redis and at the provider, one sentence each; empty when nobody watches any
   * more.
   */
  leftovers(): Promise<string[]>
  /** Heals links, starts again what has ended, and waits until all nodes may get viewers. */
  mend(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const READY_MS = 60_000

export async function startRig({ limit, channels = 1, hasLinks = false, settings = {} }: RigOptions): Promise<Rig> {
  // What is started so far ends again if the rest cannot be started.
  await using starting = new AsyncDisposableStack()
  const provider = starting.use(
    await startFakeProviderProcess({
      accounts: [{ user: 'user', password: 'pass', limit }],
      entries: Array.from({ length: channels }, (_, index) => ({
        streamId: `${101 + index}`,
        name: `Channel ${index + 1}`,
      })),
    }),
  )
  const sources = `${await provider.playlistUrl()}|${limit}`
  const cluster = starting.use(await startCluster({ sources, edges: 3, hasLinks, settings }))
  const channelIds = [...(await cluster.channelIds()).values()]

  const mend = async (): Promise<void> => {
    for (const edge of cluster.edges) edge.link?.heal()
    // One that drains may take a moment to end.
    const isReady = async (edge: EdgeNode) => {
      if (edge.process.exit() !== undefined) await cluster.restartEdge(edge)
      return isFullyReady(edge)
    }
    for (const edge of cluster.edges) {
      await eventually(`${edge.name} is ready`, () => isReady(edge), { deadlineMs: READY_MS, everyMs: 100 })
    }
  }
  await mend()
  const started = starting.move()
  return {
    limit,
    provider,
    cluster,
    channelIds,
    streamUrl: (edge, channel = 0) => `${edge.url}/stream/${channelIds[channel]}`,
    leader: async () => {
      const name = await cluster.redis.command('HGET', `kptv:0:{channel:${channelIds[0]}}:lead`, 'node')
      return cluster.edges.find((edge) => edge.name === name)
    },
    leftovers: () => findLeftovers(cluster, [provider]),
    mend,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}

/** What is left in Redis and at the providers, one sentence each. */
export async function findLeftovers(cluster: Cluster, providers: readonly FakeProviderProcess[]): Promise<string[]> {
  const { redis } = cluster
  const keys = async (pattern: string) => (await redis.command('KEYS', pattern)) as string[]
  const members = async (pattern: string) => {
    const counts = await Promise.all((await keys(pattern)).map((key) => redis.command('ZCARD', key)))
    return counts.reduce<number>((sum, count) => sum + Number(count), 0)
  }
  const truths = await Promise.all(providers.map((provider) => provider.truth()))
  const counts: ReadonlyArray<readonly [number, string]> = [
    [await members('kptv:0:{account:*}:slots'), 'slots'],
    [(await keys('kptv:0:{channel:*}:lead')).length, 'leaderships'],
    [await members('kptv:0:{channel:*}:presence'), 'presence records'],
    [truths.reduce((sum, { openStreams }) => sum + openStreams, 0), 'provider connections'],
  ]
  return counts.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`]))
}

/** The process that serves viewers; its supervisor is `edge.process`. */
export async function edgeProcessOf(edge: EdgeNode): Promise<number> {
  const { pid } = (await (await fetch(`${edge.adminUrl}/status`)).json()) as { readonly pid: number }
  return pid
}
