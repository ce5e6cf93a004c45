import type { Redis } from '@kptv/redis'
import type { RelayClock } from './relay.ts'
import type { RelayTransport } from './relay-transport.ts'
import { disconnect, SubscriberLane } from './subscriber-lane.ts'

/** A connection whose greeting takes so long is tried anew. */
const GREETING_MS = 3000

export type RedisTransportOptions = {
  /** Of role `commands`, for the relay alone. */
  publisher: Redis
  /** Of role `subscriber`, for the relay alone; at least one. */
  subscribers: readonly Redis[]
  clock: RelayClock
}

/** Sharded pub/sub: SPUBLISH, SSUBSCRIBE. Needs Redis 7. Owns its connections. */
export function createRedisTransport({ publisher, subscribers, clock }: RedisTransportOptions): RelayTransport {
  const lanes = subscribers.map((redis) => new SubscriberLane(redis, clock))
  let cancelGreeting: (() => void) | undefined
  // A frozen Redis accepts connections and says nothing.
  const onConnect = () => {
    cancelGreeting?.()
    cancelGreeting = clock.after(GREETING_MS, () => {
      if (publisher.status === 'connect') publisher.stream.destroy()
    })
  }
  publisher.on('connect', onConnect)
  return {
    async publish(name, message) {
      const { stream } = publisher
      try {
        return Number(await publisher.spublish(name, message))
      } catch (error) {
        // What was written waits in this process's memory: only the end of the connection frees it.
        if (isTimeout(error)) stream.destroy()
        throw error
      }
    },
    subscribe({ channelId, name }, listener) {
      return lanes[spread(channelId, lanes.length)]!.subscribe(name, listener)
    },
    async close() {
      publisher.off('connect', onConnect)
      cancelGreeting?.()
      await Promise.all([disconnect(publisher), ...lanes.map((lane) => lane.close())])
    },
  }
}

/** ioredis has no code for it. */
function isTimeout(error: unknown): boolean {
  return (error as Error).message === 'Command timed out'
}

/** All names of a channel share a connection, so their messages keep their order (FNV-1a). */
function spread(channelId: string, lanes: number): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(channelId)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash % lanes
}
