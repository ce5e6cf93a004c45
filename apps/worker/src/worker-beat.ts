import type { Redis, RedisKeys } from '@kptv/redis'

const BEAT_EVERY_MS = 10_000
const BEAT_LIFETIME_MS = 30_000

/**
 * Keeps `kptv:worker:<node>` alive: health checks and people see that this worker runs and when it
 * took a job last.
 */
export function startWorkerBeat(options: {
  redis: Redis
  keys: RedisKeys
  nodeId: string
  lastJobAtMs: () => number | undefined
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
    // Redis being away is told by its connection; the next beat tries again.
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
