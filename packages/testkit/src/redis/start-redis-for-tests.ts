import { startRedisChild } from './redis-child.ts'
import { startRedisContainer } from './redis-container.ts'
import { claimRedisDatabase } from './redis-database.ts'
import type { RedisForTests } from './redis-for-tests.ts'
import { findRedisProgram } from './redis-program.ts'

export type RedisForTestsOptions = {
  /** A server of one's own, for tests that kill, freeze or configure it; ignores `REDIS_URL`. */
  readonly isPrivate?: boolean
  /** More arguments for a server of one's own: `['--maxmemory', '10mb']`. */
  readonly serverArguments?: readonly string[]
  /**
   * Write an append-only file, so that `restart({ keepData: true })` brings the data back. Default
   * false.
   */
  readonly isAppendOnly?: boolean
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** The last way out. Default: Redis 7 by testcontainers. */
  readonly startContainer?: () => Promise<RedisForTests>
}

/**
 * A Redis for one test file, empty and to itself: the server in `REDIS_URL` (one database a file),
 * else `redis-server` or `valkey-server` from PATH as a child, else a container.
 *
 * @throws Error that names the three ways out, when none of them works.
 */
export async function startRedisForTests(options: RedisForTestsOptions = {}): Promise<RedisForTests> {
  const environment = options.environment ?? process.env
  if (environment.REDIS_URL && !options.isPrivate) return claimRedisDatabase(environment.REDIS_URL)
  const program = await findRedisProgram(environment.PATH)
  if (program !== undefined) return startRedisChild({ ...options, program })
  try {
    return await (options.startContainer ?? startRedisContainer)()
  } catch (error) {
    throw new Error(
      'These tests need Redis. Three ways out: set REDIS_URL to a server that may be flushed; or put redis-server ' +
        'or valkey-server into PATH; or let Docker run so that testcontainers can start one.',
      { cause: error },
    )
  }
}
