import { test } from '@jest/globals'
import { connectRedis, createKeys, isCluster, type Redis } from '@kptv/redis'
import {
  type RedisClusterForTests,
  type RedisForTests,
  type RedisForTestsOptions,
  startProcess,
  startRedisForTests,
} from '@kptv/testkit'
import { type Edge, type EdgeOptions, silent, startEdge } from './edge.ts'

type Given = Pick<RedisClusterForTests, 'url' | 'command'>

let cluster: Given | undefined
let fixtures = 0

/**
 * From now on {@link startFixture} uses this Redis Cluster, or these Sentinels, so that the same
 * tests run on it.
 */
export function runOn(given: Given): void {
  cluster = given
}

/**
 * For tests that need their own server, to kill or freeze it: they do not run on a Redis Cluster.
 */
export function testOnOwnServer(name: string, body: () => Promise<void>): void {
  if (cluster === undefined) test(name, body)
}

/** The parts of a server that a Redis Cluster has too, as far as tests on both need them. */
async function startServer(options: RedisForTestsOptions): Promise<RedisForTests> {
  if (cluster === undefined) return startRedisForTests(options)
  fixtures += 1
  const keyPrefix = `fixture-${fixtures}:`
  return { ...cluster, keyPrefix, stop: async () => {} } as Partial<RedisForTests> as RedisForTests
}

/** For the tests of this package: a Redis, and edges that use it. */
export async function startFixture(options: RedisForTestsOptions = {}) {
  const server = await startServer(options)
  const { url, keyPrefix: prefix } = server
  const redis = await connectRedis({ url, role: 'commands', name: 'test', logger: silent })
  const edges: Edge[] = []
  return {
    server,
    redis,
    keys: createKeys(prefix),

    async startEdge(edgeOptions: Partial<EdgeOptions> = {}) {
      const edge = await startEdge({ url, prefix, ...edgeOptions })
      edges.push(edge)
      return edge
    },

    /** A separate process that leads the channel and holds the only slot of the account. */
    async startHolder(channelId: string, accountId: string) {
      const file = new URL('./hold.ts', import.meta.url)
      const holder = await startProcess({ file, arguments: [url, prefix, channelId, accountId] })
      const { text } = await holder.waitForLine('granted')
      return Object.assign(holder, { incarnation: text.split(' ')[2]! })
    },

    /** The number of subscribers that Redis counts on the watch of an incarnation. */
    async watchers(incarnation: string): Promise<number> {
      const name = createKeys(prefix).alive(incarnation)
      const count = async (node: Redis, which: string) =>
        Number(((await node.call('PUBSUB', which, name)) as unknown[])[1])
      const counts = isCluster(redis)
        ? redis.nodes('master').map((node) => count(node, 'SHARDNUMSUB'))
        : [count(redis, 'NUMSUB')]
      return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
    },

    async cutSubscriptions(): Promise<void> {
      const nodes = isCluster(redis) ? redis.nodes('master') : [redis]
      await Promise.all(nodes.map((node) => node.call('CLIENT', 'KILL', 'TYPE', 'pubsub')))
    },

    async [Symbol.asyncDispose]() {
      for (const edge of edges) await edge[Symbol.asyncDispose]()
      if (redis.status !== 'end') redis.disconnect()
      await server.stop()
    },
  }
}
