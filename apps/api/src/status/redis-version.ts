import type { Redis } from '@kptv/redis'

/**
 * The version that the server reports; undefined if it does not report one. Throws when Redis is
 * away.
 */
export async function readRedisVersion(redis: Pick<Redis, 'info'>): Promise<string | undefined> {
  const text = await redis.info('server')
  // Valkey reports the version of Redis that it is compatible with as `redis_version`, and its own
  // beside it.
  return /^valkey_version:(\S+)/m.exec(text)?.[1] ?? /^redis_version:(\S+)/m.exec(text)?.[1]
}
