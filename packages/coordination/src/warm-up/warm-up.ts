import { setTimeout as sleep } from 'node:timers/promises'
import { allShards, defineScript, type Redis, type RedisKeys, type Shard, shardOf } from '@kptv/redis'
import type { CommandRunner } from '../heartbeat/command-batch.ts'

export type MemoryState = {
  /** Of the server that was asked. */
  runId: string
  /** Names one memory of Redis: another text means that what was held may be forgotten. */
  memory: string
  /** Until anybody may take anything; 0 when the warmUp is warm. */
  warmInMs: number
}

/** What the memories of all shards said in one beat; a single server is one shard. */
export type MemoryView = {
  /** Of the server that serves this key; undefined when it did not answer. */
  of(key: string): MemoryState | undefined
  /** Those that have lost their memory since the view before. */
  lost: readonly MemoryState[]
  /** Why some did not answer. */
  failures: readonly unknown[]
}

const checkMemory = defineScript<readonly [], { runId: string; since: number; ageMs: number }>({
  file: new URL('./check-memory-1.lua', import.meta.url),
  parse: (reply) => {
    const [runId, since, ageMs] = reply as [string, number, number]
    return { runId, since, ageMs }
  },
})

export type WarmUp = ReturnType<typeof createWarmUp>

/**
 * The rule for a Redis that has lost its memory (restarted empty, flushed): for a while, longer than any deadline, only
 * those who held something may take it again. After that whoever has not come back is gone for certain.
 *
 * A fresh Redis is cold too, once. In a Redis Cluster each primary has a memory of its own, so there is a warmUp on each; a replica that takes over
 * has another run id than the warmUp that it has copied, and is cold, since the newest writes may not have reached it.
 */
export function createWarmUp(options: {
  redis: Redis
  keys: RedisKeys
  /** {@link Timing.warmUpMs}; 0 lets tests start at once. */
  warmUpMs: number
}) {
  const { redis, keys, warmUpMs } = options
  const states = new Map<Shard, MemoryState>()
  let memories = new Map<Shard, string>()

  async function checkShard(shard: Shard, runner: CommandRunner): Promise<MemoryState> {
    const key = shard === '' ? keys.memory : keys.shardMemory(shard)
    const { runId, since, ageMs } = await checkMemory(runner, [key], [])
    const state = { runId, memory: `${runId}@${since}`, warmInMs: Math.max(0, warmUpMs - ageMs) }
    states.set(shard, state)
    return state
  }

  async function checkAll(runner: CommandRunner = redis): Promise<MemoryView> {
    const shards = allShards(redis)
    const found = new Map<Shard, MemoryState>()
    const check = async (shard: Shard) => found.set(shard, await checkShard(shard, runner))
    const answers = await Promise.allSettled(shards.map(check))
    const before = memories
    memories = new Map([...before, ...[...found].map(([shard, { memory }]) => [shard, memory] as const)])
    const isLost = ([shard, { memory }]: [Shard, MemoryState]) => before.has(shard) && before.get(shard) !== memory
    return {
      of: (key) => found.get(shardOf(redis, key)),
      lost: [...found].filter(isLost).map(([, state]) => state),
      failures: answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : [])),
    }
  }

  return {
    /**
     * Reads the warmUp of the server that serves this key; the first who meets a new memory starts its warm-up. Throws when Redis does
     * not answer.
     */
    check: (key: string, runner: CommandRunner = redis): Promise<MemoryState> =>
      checkShard(shardOf(redis, key), runner),

    /** For the heartbeat: reads all memories. Never throws. */
    checkAll,

    /** Anybody may take anything anywhere, as the last checks said. */
    isWarm: (): boolean => {
      const shards = allShards(redis)
      return shards.length > 0 && shards.every((shard) => states.get(shard)?.warmInMs === 0)
    },

    /** Resolves when anybody may take anything. Throws when Redis does not answer, or with the signal's reason. */
    async whenWarm(signal?: AbortSignal): Promise<void> {
      for (;;) {
        const states = await Promise.all(allShards(redis).map((shard) => checkShard(shard, redis)))
        const warmInMs = Math.max(...states.map((state) => state.warmInMs))
        if (warmInMs <= 0) return
        await sleep(warmInMs, undefined, signal && { signal })
      }
    },
  }
}
