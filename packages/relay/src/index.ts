export { connectRedisRelay } from './redis-relay.ts'
export type {
  FollowHandlers,
  FollowOptions,
  InterruptReason,
  MediaOrigin,
  PublishedMedia,
  Relay,
  RelayClock,
  RelayFollower,
  RelayLimits,
  RelayPublisher,
} from './relay.ts'
