export type { RedisRole } from './connection-options.ts'
export {
  breakConnection,
  connectRedis,
  connectToPrimary,
  type Logger,
  refreshShards,
} from './connections.ts'
export { defineScript, type ScriptArgument, type ScriptRunner } from './define-script.ts'
export { execOrThrow } from './exec-or-throw.ts'
export { keySlot } from './key-slot.ts'
export { clusterKeys, createKeys, type RedisKeys } from './keys/create-keys.ts'
export { describeKeys } from './keys/key-documentation.ts'
export { isCluster, type Redis, type RedisCluster, type RedisServer, topologyOf } from './redis.ts'
export { allShards, localAddressOf, primaryOf, type Shard, shardOf } from './shards.ts'
