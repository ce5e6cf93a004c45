export type { RelayOptions } from './create-relay.ts'
export { connectRedisRelay, type RedisRelayOptions } from './redis-relay.ts'
export type {
  FollowerStats,
  FollowHandlers,
  FollowOptions,
  InterruptReason,
  MediaOrigin,
  PublishedMedia,
  PublisherStats,
  PublishOptions,
  Relay,
  RelayClock,
  RelayFollower,
  RelayLimits,
  RelayPublisher,
} from './relay.ts'
