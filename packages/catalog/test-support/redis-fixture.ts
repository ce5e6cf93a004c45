import { connectRedis, createKeys, isCluster, type Redis, type RedisRole } from '@kptv/redis'
import { type RedisClusterForTests, startRedisForTests } from '@kptv/testkit'
import type { PlacedChannel } from '../src/catalog-writer.ts'
import type { CatalogChannel } from '../src/record-format.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

let cluster: RedisClusterForTests | undefined
let fixtures = 0

/** From now on {@link startFixture} uses this Redis Cluster, so that the same tests run on it. */
export function runOn(given: RedisClusterForTests): void {
  cluster = given
}

async function startServer() {
  if (cluster === undefined) return startRedisForTests()
  fixtures += 1
  return { ...cluster, keyPrefix: `fixture-${fixtures}:`, stop: async () => {} }
}

/** For the tests of this package: a Redis and connections to it. */
export async function startFixture() {
  const server = await startServer()
  const connections: Redis[] = []
  const connect = async (role: RedisRole) => {
    const redis = await connectRedis({ url: server.url, role, name: 'test', logger: silent })
    connections.push(redis)
    return redis
  }
  const redis = await connect('commands')
  const nodes = isCluster(redis) ? redis.nodes('master') : [redis]
  return {
    server,
    keys: createKeys(server.keyPrefix),
    redis,
    empty: async () => void (await Promise.all(nodes.map((node) => node.flushdb()))),
    /** All keys that match. */
    names: async (pattern: string) => (await Promise.all(nodes.map((node) => node.keys(pattern)))).flat(),
    subscriber: await connect('subscriber'),
    async [Symbol.asyncDispose]() {
      for (const redis of connections) redis.disconnect()
      await server.stop()
    },
  }
}

/** The channel with this number. */
export function exampleChannel(number: number): CatalogChannel {
  const id = number.toString(16).padStart(16, '0')
  const stream = { id: `s${number}`, sourceId: 's1-aa', url: `http://h/{secret-1}/${number}.ts`, headers: [] }
  return { id, name: `Channel ${number}`, attributes: [['tvg-id', `c${number}`]], streams: [stream] }
}

/** The same with its place in the list: by number. */
export function placedChannel(number: number): PlacedChannel {
  const channel = exampleChannel(number)
  return { channel, sortKey: [channel.id, '', channel.id] }
}
