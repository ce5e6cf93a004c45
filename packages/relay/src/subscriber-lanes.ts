import type { Clock } from '@kptv/clock'
import type { RedisServer } from '@kptv/redis'
import type { RelayListener, RelaySubscription, RelayTopic } from './relay-transport.ts'
import { SubscriberLane } from './subscriber-lane.ts'

/** All subscriptions of a relay, over several connections. */
export type SubscriberLanes = {
  subscribe(topic: RelayTopic, listener: RelayListener): RelaySubscription
  close(): Promise<void>
}

/** Connections to one server, or to the one that the Sentinels name. Owns them. */
export function createLanes(subscribers: readonly RedisServer[], clock: Clock): SubscriberLanes {
  const lanes = subscribers.map((redis) => new SubscriberLane(redis, clock))
  return {
    subscribe: ({ channelId, name }, listener) => lanes[spread(channelId, lanes.length)]!.subscribe(name, listener),
    async close() {
      await Promise.all(lanes.map((lane) => lane.close()))
    },
  }
}

/** All names of a channel share a connection, so their messages keep their order (FNV-1a). */
export function spread(channelId: string, lanes: number): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(channelId)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash % lanes
}
