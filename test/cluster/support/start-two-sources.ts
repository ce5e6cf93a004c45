import { eventually, type FakeProvider, type FakeProviderOptions, startFakeProviderThread } from '@kptv/testkit'
import { type Cluster, startCluster } from './start-cluster.ts'

export type TwoSources = {
  /** The provider that is preferred. */
  readonly first: FakeProvider
  readonly second: FakeProvider
  readonly cluster: Cluster
  /** Address of the one channel that both have. */
  readonly stream: string
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * A cluster with one channel of two sources, for tests of what happens when the first of them
 * fails.
 */
export async function startTwoSources(options: {
  readonly first?: FakeProviderOptions
  readonly second?: FakeProviderOptions
  /** Connections that the first source allows; the second allows one. */
  readonly limit?: number
  readonly settings?: Readonly<Record<string, string>>
}): Promise<TwoSources> {
  // What is started so far ends again if the rest cannot be started.
  await using starting = new AsyncDisposableStack()
  const first = starting.use(await startFakeProviderThread({ sourceId: 'first', ...options.first }))
  const second = starting.use(await startFakeProviderThread({ sourceId: 'second', ...options.second }))
  const cluster = await startCluster({
    sources: `${first.playlistUrl()}|${options.limit ?? 1},${second.playlistUrl()}|1`,
    settings: options.settings ?? {},
  })
  starting.use(cluster)
  await eventually('both sources are one channel', async () => (await cluster.status()).catalog.streams === 2)
  const stream = await cluster.streamUrl()
  const started = starting.move()
  return { first, second, cluster, stream, [Symbol.asyncDispose]: () => started.disposeAsync() }
}
