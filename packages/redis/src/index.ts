export type { Redis } from 'ioredis'
export {
  type ConnectOptions,
  connectRedis,
  type Logger,
  type RedisRole,
  reconnectDelayMs,
  redisOptions,
} from './connections.ts'
export { defineScript, type Script, type ScriptArgument, type ScriptRunner } from './define-script.ts'
export { execOrThrow } from './exec-or-throw.ts'
export { type KeyDescription, keyTable } from './key-table.ts'
export { createKeys, type RedisKeys, renderKeyTable } from './keys.ts'
export { redactRedisUrl } from './redact-redis-url.ts'
