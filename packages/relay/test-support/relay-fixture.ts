import { connectRedis, createKeys, isCluster, type Redis, type RedisKeys } from '@kptv/redis'
import {
  type RedisClusterForTests,
  type RedisForTests,
  type RedisForTestsOptions,
  startRedisCluster,
  startRedisForTests,
} from '@kptv/testkit'
import { connectRedisRelay, type Relay, type RelayLimits } from '../src/index.ts'
import { createMemoryRelayHub } from './memory-relay.ts'

export const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** Fast enough for tests, in the proportions of production. */
const TEST_LIMITS: Partial<RelayLimits> = { flushMs: 10, tickMs: 100 }

/** What the tests of both implementations need around a relay. */
export type RelayFixture = {
  readonly keys: RedisKeys
  relay(options?: FixtureRelayOptions): Promise<Relay>
  /** A message from a stranger. */
  publish(name: string, bytes: Buffer): Promise<unknown>
  /** Breaks the subscriptions of all relays; they come back on their own. */
  cutSubscribers(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

type FixtureRelayOptions = {
  readonly url?: string
  readonly limits?: Partial<RelayLimits>
  readonly subscriberConnections?: number
}

export type RedisFixture<Server = RedisForTests> = RelayFixture & { readonly server: Server; readonly redis: Redis }

/** One Redis. */
export async function startRedisFixture(options: RedisForTestsOptions = {}): Promise<RedisFixture<RedisForTests>> {
  return fixtureOn(await startRedisForTests(options))
}

/** A Redis Cluster; if it is given, the caller stops it. */
export async function startClusterFixture(present?: RedisClusterForTests): Promise<RedisFixture<RedisClusterForTests>> {
  return fixtureOn(present ? { ...present, stop: async () => {} } : await startRedisCluster())
}

async function fixtureOn<Server extends RedisForTests | RedisClusterForTests>(
  server: Server,
): Promise<RedisFixture<Server>> {
  const { url, keyPrefix } = server
  const keys = createKeys(keyPrefix)
  const redis = await connectRedis({ url, role: 'commands', name: 'test', logger: silent })
  const relays: Relay[] = []
  let started = 0
  return {
    server,
    redis,
    keys,
    relay: async ({ limits, ...relayOptions } = {}) => {
      const incarnation = `incarnation-${++started}`
      const merged = { ...TEST_LIMITS, ...limits }
      const name = `fixture${keyPrefix}${started}`
      const relay = await connectRedisRelay({
        url,
        keys,
        incarnation,
        name,
        logger: silent,
        limits: merged,
        ...relayOptions,
      })
      relays.push(relay)
      return relay
    },
    publish: (name, bytes) => redis.spublish(name, bytes),
    async cutSubscribers() {
      // Only those of this fixture: the server may be shared with other tests.
      const start = `kptv-fixture${keyPrefix}`.replaceAll(/[^\w.:-]/g, '_')
      for (const node of isCluster(redis) ? redis.nodes('master') : [redis]) {
        for (const id of await clientIds(node, start, '-subscriber')) await node.client('KILL', 'ID', id)
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(relays.map((relay) => relay[Symbol.asyncDispose]()))
      redis.disconnect()
      await server.stop()
    },
  }
}

/** Ids of the connections whose names begin and end like this. */
export async function clientIds(redis: Redis, start: string, end: string): Promise<number[]> {
  const clients = String(await redis.client('LIST')).split('\n')
  return clients.flatMap((line) => {
    const [, id, name] = /\bid=(\d+) .*?\bname=(\S*)/.exec(line) ?? []
    return name?.startsWith(start) && name.endsWith(end) ? [Number(id)] : []
  })
}

export function startMemoryFixture() {
  const hub = createMemoryRelayHub()
  const keys = createKeys('test:')
  const relays: Relay[] = []
  return {
    hub,
    keys,
    relay: async ({ limits }: FixtureRelayOptions = {}) => {
      const incarnation = `incarnation-${relays.length}`
      const relay = hub.relay({ keys, incarnation, limits: { ...TEST_LIMITS, ...limits } })
      relays.push(relay)
      return relay
    },
    publish: (name: string, bytes: Buffer) => hub.publish(name, bytes),
    cutSubscribers: async () => hub.cut(50),
    async [Symbol.asyncDispose]() {
      await Promise.all(relays.map((relay) => relay[Symbol.asyncDispose]()))
    },
  } satisfies RelayFixture & { readonly hub: unknown }
}
