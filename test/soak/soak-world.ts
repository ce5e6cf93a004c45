import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually, type FakeProviderProcess, startFakeProviderProcess } from '@kptv/testkit'
import { type Cluster, type EdgeNode, startCluster } from '../cluster/support/start-cluster.ts'

export type SoakWorld = {
  readonly cluster: Cluster
  /** Each in its own process: what it says of its sockets is the truth. */
  readonly providers: readonly FakeProviderProcess[]
  readonly channelIds: readonly string[]
  /** Connections that each account really allows. */
  readonly limit: number
  /** Writes the sources file with these limits, at most the true ones. */
  writeSources(limits: readonly number[]): Promise<void>
  /** Responses on this node may end until {@link SoakWorld.mend}. */
  harm(edge: EdgeNode): void
  /** How often a node was harmed: a viewer remembers it, to know whether its node has lived on. */
  harmsOf(edge: EdgeNode): number
  isHarmed(edge: EdgeNode): boolean
  /** Starts ended nodes again and waits until all may get viewers. */
  mend(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const SOURCES = 2
const EDGES = 3
const READY_MS = 90_000

/** Three edges, a worker, a Redis, and two providers that both have all channels. */
export async function startSoakWorld(options: {
  readonly channels: number
  readonly limit: number
}): Promise<SoakWorld> {
  const { channels, limit } = options
  await using starting = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'kptv-soak-'))
  starting.defer(() => rm(folder, { recursive: true, force: true }))
  const providers = await Promise.all(Array.from({ length: SOURCES }, (_, index) => startProvider(index, options)))
  for (const provider of providers) starting.use(provider)
  const urls = await Promise.all(providers.map((provider) => provider.playlistUrl()))

  const writeSources = async (limits: readonly number[]): Promise<void> => {
    const entries = urls.map((url, index) => `  - { name: "source ${index}", url: "${url}", limit: ${limits[index]} }`)
    // As editors do it.
    await writeFile(join(folder, 'new'), `sources:\n${entries.join('\n')}\n`)
    await rename(join(folder, 'new'), join(folder, 'sources.yaml'))
  }
  await writeSources(providers.map(() => limit))
  const cluster = starting.use(
    await startCluster({
      sources: '',
      edges: EDGES,
      settings: { SOURCES_FILE: join(folder, 'sources.yaml'), MAX_BUFFER_SIZE: '40MB' },
      // So that a provider can refuse one node alone.
      edgeSettings: Array.from({ length: EDGES }, (_, index) => ({ USER_AGENT: `edge-${index + 1}` })),
    }),
  )
  const isMerged = async () => (await cluster.status()).catalog.streams === SOURCES * channels
  await eventually('both sources are in the catalogue', isMerged, { deadlineMs: READY_MS })
  const channelIds = [...(await cluster.channelIds()).values()]

  const harms = new Map<string, number>()
  const harmed = new Set<string>()
  const isReady = async (edge: EdgeNode) => {
    if (edge.process.exit() !== undefined) await cluster.restartEdge(edge)
    return (await fetch(`${edge.url}/readyz`, { signal: AbortSignal.timeout(5_000) })).ok
  }
  const started = starting.move()
  return {
    cluster,
    providers,
    channelIds,
    limit,
    writeSources,
    harm({ name }) {
      harms.set(name, (harms.get(name) ?? 0) + 1)
      harmed.add(name)
    },
    harmsOf: ({ name }) => harms.get(name) ?? 0,
    isHarmed: ({ name }) => harmed.has(name),
    async mend() {
      for (const edge of cluster.edges) {
        await eventually(`${edge.name} is ready`, () => isReady(edge), { deadlineMs: READY_MS, everyMs: 100 })
      }
      harmed.clear()
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}

function startProvider(index: number, { channels, limit }: { readonly channels: number; readonly limit: number }) {
  return startFakeProviderProcess({
    sourceId: `source${index}`,
    accounts: [{ user: `user${index}`, password: 'pass', limit, policy: { kind: 'refuse', status: 458 } }],
    entries: Array.from({ length: channels }, (_, channel) => ({
      streamId: `${101 + channel}`,
      name: `Channel ${channel + 1}`,
      media: { kind: 'maker', options: { bitsPerSecond: 400_000 } } as const,
    })),
  })
}
