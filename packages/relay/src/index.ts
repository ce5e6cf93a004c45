export type { RelayOptions } from './create-relay.ts'
export { createMemoryRelayHub, type MemoryConditions, type MemoryRelayHub } from './memory-relay.ts'
export { connectRedisRelay, type RedisRelayOptions } from './redis-relay.ts'
export {
  defaultLimits,
  type FollowerStats,
  type FollowHandlers,
  type FollowOptions,
  type InterruptReason,
  type MediaOrigin,
  type PublisherStats,
  type Relay,
  type RelayClock,
  type RelayFollower,
  type RelayLimits,
  type RelayPublisher,
} from './relay.ts'
