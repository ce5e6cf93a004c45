import { startRedisChild } from './redis-child.ts'
import { startRedisContainer } from './redis-container.ts'
import { claimRedisDatabase } from './redis-database.ts'
import { findRedisProgram } from './redis-program.ts'
import type { RedisReply } from './redis-wire.ts'

export type RedisForTestsOptions = {
  /** A server of one's own, for tests that kill, freeze or configure it; ignores `REDIS_URL`. */
  isPrivate?: boolean
  /** More arguments for a server of one's own: `['--maxmemory', '10mb']`. */
  serverArguments?: readonly string[]
  /** Write an append-only file, so that `restart({ keepData: true })` brings the data back. Default false. */
  isAppendOnly?: boolean
  environment?: Readonly<Record<string, string | undefined>>
  /** The last way out. Default: Redis 7 by testcontainers. */
  startContainer?: () => Promise<RedisForTests>
}

export type RedisForTests = {
  /** `database`: one database of the server in `REDIS_URL`; `child`: a process of ours; `container`: by testcontainers. */
  kind: 'database' | 'child' | 'container'
  url: string
  /**
   * Prefix for all keys and channels of this test file. Needed because pub/sub ignores databases: on a shared
   * server two test files would hear each other. Ends in a colon.
   */
  keyPrefix: string
  /** One command, on a short connection of its own: `redis.command('DBSIZE')`. */
  command(...parts: ReadonlyArray<string | number>): Promise<RedisReply>
  /** Pid of the server if it is a child. */
  pid(): number | undefined
  /** SIGKILL: connections break, nothing is saved. Only `child`. Resolves when the process is gone. */
  killHard(): Promise<void>
  /** SIGSTOP: connections stay open and nothing answers. Only `child`. */
  pause(): void
  /** SIGCONT. Only `child`. */
  resume(): void
  /** Starts again on the same port after {@link killHard} (or kills first); empty unless `keepData`. Only `child`. */
  restart(options?: { keepData?: boolean }): Promise<void>
  /** Gives everything back: database flushed and unlocked, process and data folder gone. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * A Redis for one test file, empty and to itself: the server in `REDIS_URL` (one database a file), else
 * `redis-server` or `valkey-server` from PATH as a child, else a container.
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
