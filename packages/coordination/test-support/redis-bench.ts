import { connectRedis, createKeys, type Redis } from '@kptv/redis'
import { type RedisForTestsOptions, startRedisForTests } from '@kptv/testkit'
import { type EdgeOptions, startEdge } from './edge.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** For the tests of this package: a Redis, and edges that use it. */
export async function startBench(options: RedisForTestsOptions = {}) {
  const server = await startRedisForTests(options)
  const { url, keyPrefix: prefix } = server
  const redis = await connectRedis({ url, role: 'commands', name: 'test', logger: silent })
  const connections: Redis[] = [redis]
  return {
    server,
    redis,
    keys: createKeys(prefix),

    async startEdge(edgeOptions: Omit<EdgeOptions, 'url' | 'prefix'> = {}) {
      const edge = await startEdge({ url, prefix, ...edgeOptions })
      connections.push(edge.redis, edge.subscriber)
      return edge
    },

    async [Symbol.asyncDispose]() {
      for (const connection of connections) if (connection.status !== 'end') connection.disconnect()
      await server.stop()
    },
  }
}
