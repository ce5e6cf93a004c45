import { afterAll, jest } from '@jest/globals'
import { startRedisCluster } from '@kptv/testkit'
import { benchOn } from '../test-support/redis-bench.ts'

// What is promised on one server is promised on a Redis Cluster of three primaries: the same tests,
// once more.
jest.setTimeout(120_000)

const cluster = await startRedisCluster()
benchOn(cluster)
await import('./generations.redis.test.ts')
await import('./source-lists.redis.test.ts')
await import('./removed-channels.redis.test.ts')
await import('./import-lease.redis.test.ts')
await import('./sorted-runs.redis.test.ts')

afterAll(() => cluster.stop())
