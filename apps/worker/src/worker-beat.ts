import type { Redis, RedisKeys } from '@kptv/redis'

const beatEveryMs = 10_000
const beatLifetimeMs = 30_000

/** Keeps `kptv:worker:<node>` alive: health checks and people see that this worker runs and when it took a job last. */
export function startWorkerBeat(options: {
  redis: Redis
  keys: RedisKeys
  nodeId: string
  lastJobAt: () => number | undefined
}): AsyncDisposable {
  const { redis, keys, nodeId, lastJobAt } = options
  const key = keys.worker(nodeId)
  const startedAt = new Date().toISOString()

  const beat = async () => {
    const job = lastJobAt()
    const fields = {
      node: nodeId,
      pid: String(process.pid),
      startedAt,
      beatAt: new Date().toISOString(),
      lastJobAt: job === undefined ? '' : new Date(job).toISOString(),
    }
    // Redis being away is told by its connection; the next beat tries again.
    await redis
      .pipeline()
      .hset(key, fields)
      .pexpire(key, beatLifetimeMs)
      .exec()
      .catch(() => {})
  }
  void beat()
  const timer = setInterval(beat, beatEveryMs)
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await redis.unlink(key).catch(() => {})
    },
  }
}
