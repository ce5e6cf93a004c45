import { connectRedis, type Logger } from '@kptv/redis'
import { createRelay, type RelayOptions, systemClock } from './create-relay.ts'
import { createRedisTransport } from './redis-transport.ts'
import type { Relay } from './relay.ts'

export type RedisRelayOptions = RelayOptions & {
  /** `RELAY_REDIS_URL`: one server, Redis 7 or later. */
  url: string
  logger: Logger
  /** Shown in CLIENT LIST. */
  name: string
  /**
   * Default 4. Redis cuts a subscriber that has more than its output limit (8 MB for 60 s, or 32 MB) unread: then all
   * channels of that connection resume together.
   */
  subscriberConnections?: number
  /** Gives up the first wait for Redis. */
  signal?: AbortSignal
}

/**
 * The relay over Redis sharded pub/sub, on connections of its own.
 *
 * @throws only when `signal` fires before Redis was ready
 */
export async function connectRedisRelay(options: RedisRelayOptions): Promise<Relay> {
  const { url, logger, name, subscriberConnections = 4, clock = systemClock, signal } = options
  const connection = { url, logger, ...(signal && { signal }) }
  const [publisher, ...subscribers] = await Promise.all([
    connectRedis({ ...connection, role: 'commands', name: `${name}-relay` }),
    ...Array.from({ length: Math.max(1, subscriberConnections) }, (_, index) =>
      connectRedis({ ...connection, role: 'subscriber', name: `${name}-relay-${index + 1}` }),
    ),
  ])
  return createRelay(createRedisTransport({ publisher, subscribers, clock }), { ...options, clock })
}
