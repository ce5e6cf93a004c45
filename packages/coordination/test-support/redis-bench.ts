import { connectRedis, createKeys } from '@kptv/redis'
import { type RedisForTestsOptions, startProcess, startRedisForTests } from '@kptv/testkit'
import { type Edge, type EdgeOptions, startEdge } from './edge.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** For the tests of this package: a Redis, and edges that use it. */
export async function startBench(options: RedisForTestsOptions = {}) {
  const server = await startRedisForTests(options)
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

    /** A process of its own that leads the channel and holds the only slot of the account. */
    async startHolder(channelId: string, accountId: string) {
      const file = new URL('./hold.ts', import.meta.url)
      const holder = await startProcess({ file, arguments: [url, prefix, channelId, accountId] })
      const { text } = await holder.waitForLine('granted')
      return Object.assign(holder, { incarnation: text.split(' ')[2]! })
    },

    async [Symbol.asyncDispose]() {
      for (const edge of edges) await edge[Symbol.asyncDispose]()
      if (redis.status !== 'end') redis.disconnect()
      await server.stop()
    },
  }
}
