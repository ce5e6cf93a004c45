export { type ConnectionKind, type RedisRole, redisOptions } from './connection-options.ts'
export {
  breakConnection,
  type ConnectOptions,
  connectRedis,
  connectToPrimary,
  type Logger,
  type Redis,
  type RedisCluster,
  type RedisServer,
  refreshShards,
} from './connections.ts'
export { defineScript, type Script, type ScriptArgument, type ScriptRunner } from './define-script.ts'
export { execOrThrow } from './exec-or-throw.ts'
export { keySlot } from './key-slot.ts'
export { createKeys, type RedisKeys } from './keys.ts'
export { parseRedisAddress, type RedisAddress, type RedisTopology, redactRedisUrl } from './redis-address.ts'
export { allShards, isCluster, localAddressOf, primaryOf, type Shard, shardOf, topologyOf } from './shards.ts'
