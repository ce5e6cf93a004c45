import { systemClock } from '@kptv/clock'
import { connectRedis, connectToPrimary, isCluster, type Logger } from '@kptv/redis'
import { createRelay, type RelayOptions } from './create-relay.ts'
import { createRedisClusterLanes } from './redis-cluster-lanes.ts'
import { createRedisTransport } from './redis-transport.ts'
import type { Relay } from './relay.ts'
import { createLanes, type SubscriberLanes } from './subscriber-lanes.ts'

type RedisRelayOptions = RelayOptions & {
  /** `RELAY_REDIS_URL`: Redis 7 or later, in any topology. */
  readonly url: string
  readonly logger: Logger
  /** Shown in CLIENT LIST. */
  readonly name: string
  /**
   * Default 4; in a Redis Cluster this many to each primary. Redis cuts a subscriber that leaves
   * more than its output limit (8 MB for 60 s, or 32 MB) unread: then all channels of that
   * connection resume together.
   */
  readonly subscriberConnections?: number
  /** Gives up the first wait for Redis. */
  readonly signal?: AbortSignal
}

/**
 * The relay over Redis sharded pub/sub, on its own connections.
 *
 * @throws only when `signal` fires before Redis was ready
 */
export async function connectRedisRelay(options: RedisRelayOptions): Promise<Relay> {
  const { url, logger, name, clock = systemClock, signal } = options
  const connection = { url, logger, ...(signal && { signal }) }
  const publisher = await connectRedis({ ...connection, role: 'commands', name: `${name}-relay` })
  const lanesEach = Math.max(1, options.subscriberConnections ?? 4)
  const kindOf = (lane: number) => ({
    role: 'subscriber' as const,
    name: `${name}-relay-${lane + 1}`,
    readsInPlace: true,
  })
  let lanes: SubscriberLanes
  if (isCluster(publisher)) {
    const connect = (key: string, lane: number) => connectToPrimary(publisher, key, kindOf(lane))
    lanes = createRedisClusterLanes({ cluster: publisher, connect, lanesEach, clock })
  } else {
    const numbers = Array.from({ length: lanesEach }, (_, lane) => lane)
    const opened = await Promise.all(numbers.map((lane) => connectRedis({ ...connection, ...kindOf(lane) })))
    lanes = createLanes(
      opened.filter((redis) => !isCluster(redis)),
      clock,
    )
  }
  return createRelay(createRedisTransport({ publisher, lanes, clock }), { ...options, clock })
}
