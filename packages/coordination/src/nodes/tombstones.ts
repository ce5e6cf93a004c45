import { defineScript, type Redis, type RedisKeys } from '@kptv/redis'
import type { CommandRunner } from '../heartbeat/command-batch.ts'

const LIFETIME_MS = 3_600_000

const writeTombstone = defineScript<readonly [reason: string, lifetimeMs: number], number>({
  file: new URL('./write-tombstone-1.lua', import.meta.url),
  parse: Number,
})

export type Tombstones = ReturnType<typeof createTombstones>

/**
 * The strongest proof that a process is gone: written by its supervisor after the process has
 * ended, so that the kernel has closed all its sockets.
 */
export function createTombstones(options: { readonly redis: Redis; readonly keys: RedisKeys }) {
  const { redis, keys } = options
  return {
    /**
     * @param reason for people: `exit 1`, `signal SIGKILL`. Throws when Redis does not answer: then
     * try again.
     */
    async write(incarnation: string, reason: string): Promise<void> {
      await writeTombstone(redis, [keys.dead(incarnation)], [reason || 'gone', LIFETIME_MS])
    },

    /**
     * The reason, or undefined while this incarnation is not declared dead. Throws when Redis does
     * not answer.
     */
    async read(incarnation: string, runner: CommandRunner = redis): Promise<string | undefined> {
      return (await runner.get(keys.dead(incarnation))) ?? undefined
    },
  }
}
