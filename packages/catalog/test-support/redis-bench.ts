import { connectRedis, createKeys, type Redis, type RedisRole } from '@kptv/redis'
import { startRedisForTests } from '@kptv/testkit'
import type { CatalogChannel } from '../src/record-format.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** For the tests of this package: a Redis and connections to it. */
export async function startBench() {
  const server = await startRedisForTests()
  const connections: Redis[] = []
  const connect = async (role: RedisRole) => {
    const redis = await connectRedis({ url: server.url, role, name: 'test', logger: silent })
    connections.push(redis)
    return redis
  }
  return {
    server,
    keys: createKeys(server.keyPrefix),
    redis: await connect('commands'),
    subscriber: await connect('subscriber'),
    async [Symbol.asyncDispose]() {
      for (const redis of connections) redis.disconnect()
      await server.stop()
    },
  }
}

/** Channel number so and so. */
export function exampleChannel(number: number): CatalogChannel {
  const id = number.toString(16).padStart(16, '0')
  const stream = { id: `s${number}`, sourceId: 's1-aa', url: `http://h/{secret-1}/${number}.ts`, headers: [] }
  return { id, name: `Channel ${number}`, attributes: [['tvg-id', `c${number}`]], streams: [stream] }
}
