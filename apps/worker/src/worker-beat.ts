import type { Redis, RedisKeys } from '@kptv/redis'

const BEAT_EVERY_MS = 10_000
const BEAT_LIFETIME_MS = 30_000

/**
 * Keeps `kptv:worker:<node>` alive: it shows health checks and people that this worker runs and
 * when it last took a job.
 */
export function startWorkerBeat(options: {
  readonly redis: Redis
  readonly keys: RedisKeys
  readonly nodeId: string
  readonly lastJobAtMs: () => number | undefined
}): AsyncDisposable {
  const { redis, keys, nodeId, lastJobAtMs } = options
  const key = keys.worker(nodeId)
  const startedAt = new Date().toISOString()

  const beat = async () => {
    const takenAtMs = lastJobAtMs()
    const fields = {
      node: nodeId,
      pid: String(process.pid),
      startedAt,
      beatAt: new Date().toISOString(),
      lastJobAt: takenAtMs === undefined ? '' : new Date(takenAtMs).toISOString(),
    }
    // The connection reports that Redis is away; the next beat tries again.
    await redis
      .pipeline()
      .hset(key, fields)
      .pexpire(key, BEAT_LIFETIME_MS)
      .exec()
      .catch(() => {})
  }
  void beat()
  const timer = setInterval(beat, BEAT_EVERY_MS)
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await redis.unlink(key).catch(() => {})
    },
  }
}
