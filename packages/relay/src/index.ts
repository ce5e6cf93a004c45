export { connectRedisRelay } from './redis-relay.ts'
export type {
  FollowOptions,
  InterruptReason,
  MediaOrigin,
  PublishedMedia,
  Relay,
  RelayFollower,
  RelayLimits,
  RelayPublisher,
} from './relay.ts'
