import type { RedisReply } from './redis-connection.ts'

export type RedisForTests = {
  /**
   * `database`: one database of the server in `REDIS_URL`; `child`: a process of ours; `container`:
   * by testcontainers.
   */
  readonly kind: 'database' | 'child' | 'container'
  readonly url: string
  /**
   * Prefix for all keys and channels of this test file. Needed because pub/sub ignores databases:
   * on a shared server two test files would hear each other. Ends in a colon.
   */
  readonly keyPrefix: string
  /** One command, on its own short connection: `redis.command('DBSIZE')`. */
  command(...parts: ReadonlyArray<string | number>): Promise<RedisReply>
  /** Pid of the server if it is a child. */
  pid(): number | undefined
  /**
   * SIGKILL: connections break, nothing is saved. Only `child`. Resolves when the process is gone.
   */
  killHard(): Promise<void>
  /** SIGSTOP: connections stay open and nothing answers. Only `child`. */
  pause(): void
  /** SIGCONT. Only `child`. */
  resume(): void
  /**
   * Starts again on the same port after {@link killHard} (or kills first); empty unless `keepData`.
   * Only `child`.
   */
  restart(options?: { readonly keepData?: boolean }): Promise<void>
  /** Gives everything back: database flushed and unlocked, process and data folder gone. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** What only a server of our own can do, for the other kinds: each call throws and says why. */
export function withoutProcess(why: string): Pick<RedisForTests, 'pid' | 'killHard' | 'pause' | 'resume' | 'restart'> {
  const refuse = (): never => {
    throw new Error(why)
  }
  return { pid: () => undefined, killHard: refuse, pause: refuse, resume: refuse, restart: refuse }
}
