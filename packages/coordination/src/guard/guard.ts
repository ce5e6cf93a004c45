import { setTimeout as sleep } from 'node:timers/promises'
import { defineScript, type Redis, type RedisKeys } from '@kptv/redis'
import type { CommandRunner } from '../command-batch.ts'

export type GuardState = {
  /** Of the server that was asked. */
  runId: string
  /** Names one memory of Redis: another text means that what was held may be forgotten. */
  memory: string
  /** Until anybody may take anything; 0 when the guard is warm. */
  warmInMs: number
}

const checkGuard = defineScript<readonly [], { runId: string; since: number; ageMs: number }>({
  file: new URL('./check-guard-1.lua', import.meta.url),
  parse: (reply) => {
    const [runId, since, ageMs] = reply as [string, number, number]
    return { runId, since, ageMs }
  },
})

export type Guard = ReturnType<typeof createGuard>

/**
 * The rule for a Redis that has lost its memory (restarted empty, flushed): for a while, longer than any deadline, only
 * those who held something may take it again. After that whoever has not come back is gone for certain.
 *
 * A fresh Redis is cold too, once.
 */
export function createGuard(options: {
  redis: Redis
  keys: RedisKeys
  /** {@link Timing.warmUpMs}; 0 lets tests start at once. */
  warmUpMs: number
}) {
  const { redis, keys, warmUpMs } = options
  let last: GuardState | undefined

  /** Reads the guard; the first who meets a new memory starts its warm-up. Throws when Redis does not answer. */
  async function check(runner: CommandRunner = redis): Promise<GuardState> {
    const { runId, since, ageMs } = await checkGuard(runner, [keys.guard], [])
    last = { runId, memory: `${runId}@${since}`, warmInMs: Math.max(0, warmUpMs - ageMs) }
    return last
  }

  return {
    check,

    /** What the last check said, for status pages; undefined before the first. */
    last: (): GuardState | undefined => last,

    /** Resolves when anybody may take anything. Throws when Redis does not answer, or with the signal's reason. */
    async whenWarm(signal?: AbortSignal): Promise<void> {
      for (let { warmInMs } = await check(); warmInMs > 0; { warmInMs } = await check()) {
        await sleep(warmInMs, undefined, signal && { signal })
      }
    },
  }
}
