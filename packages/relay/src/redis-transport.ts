import type { Clock } from '@kptv/clock'
import { breakConnection, isCluster, type Redis, type RedisServer } from '@kptv/redis'
import type { RelayTransport } from './relay-transport.ts'
import { disconnect } from './subscriber-lane.ts'
import type { SubscriberLanes } from './subscriber-lanes.ts'

/** A connection whose greeting takes this long is retried. */
const GREETING_MS = 3000

type RedisTransportOptions = {
  /** Of role `commands`, for the relay alone. */
  readonly publisher: Redis
  readonly lanes: SubscriberLanes
  readonly clock: Clock
}

/** Sharded pub/sub: SPUBLISH, SSUBSCRIBE. Needs Redis 7. Owns its connections. */
export function createRedisTransport({ publisher, lanes, clock }: RedisTransportOptions): RelayTransport {
  const stopGreeting = isCluster(publisher) ? () => {} : limitGreeting(publisher, clock)
  return {
    async publish(name, message) {
      try {
        return Number(await publisher.spublish(name, message))
      } catch (error) {
        // Written commands wait in this process's memory: only the end of the connection frees it.
        if (isTimeout(error)) breakConnection(publisher)
        throw error
      }
    },
    subscribe: (topic, listener) => lanes.subscribe(topic, listener),
    async close() {
      stopGreeting()
      await Promise.all([disconnect(publisher), lanes.close()])
    },
  }
}

/** A frozen Redis accepts connections but stays silent. */
function limitGreeting(redis: RedisServer, clock: Clock): () => void {
  let cancel: (() => void) | undefined
  const onConnect = () => {
    cancel?.()
    cancel = clock.after(GREETING_MS, () => {
      if (redis.status === 'connect') redis.stream.destroy()
    })
  }
  redis.on('connect', onConnect)
  return () => {
    redis.off('connect', onConnect)
    cancel?.()
  }
}

/** ioredis has no error code for it. */
function isTimeout(error: unknown): boolean {
  return (error as Error).message === 'Command timed out'
}
