import { allShards, defineScript, type Redis, type RedisKeys, type Shard, shardOf } from '@kptv/redis'
import type { CommandRunner } from '../heartbeat/command-batch.ts'

export type MemoryState = {
  /** Of the server that answered. */
  readonly runId: string
  /** Identifies one memory of Redis: if the text changes, Redis may have forgotten all leases. */
  readonly memory: string
  /** Until any process may take anything; 0 when Redis is warm. */
  readonly warmInMs: number
}

/** The memories of all shards as one beat has read them; a single server is one shard. */
export type MemoryView = {
  /** Of the server that serves this key; undefined when it did not answer. */
  of(key: string): MemoryState | undefined
  /** Those that were lost since the previous view. */
  readonly lost: readonly MemoryState[]
  /** Errors of those that did not answer. */
  readonly failures: readonly unknown[]
}

const checkMemory = defineScript<
  readonly [],
  { readonly runId: string; readonly since: number; readonly ageMs: number }
>({
  file: new URL('./check-memory-1.lua', import.meta.url),
  parse: (reply) => {
    const [runId, since, ageMs] = reply as [string, number, number]
    return { runId, since, ageMs }
  },
})

export type WarmUp = ReturnType<typeof createWarmUp>

/**
 * The rule for a Redis that has lost its memory (restarted empty, flushed): for a while, longer
 * than any deadline, only former holders may take anything. After that, a holder that has not come
 * back is certainly gone.
 *
 * A fresh Redis is cold too, once. In a Redis Cluster each primary has its own memory and its own
 * record of it. A replica that takes over has another run id than the record that it has copied,
 * and is cold, since the newest writes may not have reached it.
 */
export function createWarmUp(options: {
  readonly redis: Redis
  readonly keys: RedisKeys
  /** {@link Timing.warmUpMs}; 0 lets tests start at once. */
  readonly warmUpMs: number
  readonly monotonicMs?: () => number
}) {
  const { redis, keys, warmUpMs, monotonicMs = () => performance.now() } = options
  const states = new Map<Shard, MemoryState>()
  let memories = new Map<Shard, string>()
  let chilledUntilMs = Number.NEGATIVE_INFINITY

  async function checkShard(shard: Shard, runner: CommandRunner): Promise<MemoryState> {
    const key = shard === '' ? keys.memory : keys.shardMemory(shard)
    const { runId, since, ageMs } = await checkMemory(runner, [key], [])
    const warmInMs = Math.max(0, warmUpMs - ageMs, Math.ceil(chilledUntilMs - monotonicMs()))
    const state = { runId, memory: `${runId}@${since}`, warmInMs }
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
     * Reads the memory of the server that serves this key; the first process that meets a new one
     * starts its warm-up. Throws when Redis does not answer.
     */
    check: (key: string, runner: CommandRunner = redis): Promise<MemoryState> =>
      checkShard(shardOf(redis, key), runner),

    /** For the heartbeat: reads the memories of all shards. Never throws. */
    checkAll,

    /**
     * For the heartbeat: Redis takes no writes, so leases end in it while their holders still use
     * them.
     */
    chill(): void {
      chilledUntilMs = monotonicMs() + warmUpMs
    },

    /** Any process may take anything anywhere, according to the last checks. */
    isWarm: (): boolean => {
      const shards = allShards(redis)
      return shards.length > 0 && shards.every((shard) => states.get(shard)?.warmInMs === 0)
    },
  }
}
