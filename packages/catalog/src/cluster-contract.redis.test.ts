import { afterAll, jest } from '@jest/globals'
import { startRedisCluster } from '@kptv/testkit'
import { runOn } from '../test-support/redis-fixture.ts'

// The promises of one server hold on a Redis Cluster of three primaries: the same tests, once more.
jest.setTimeout(120_000)

const cluster = await startRedisCluster()
runOn(cluster)
await import('./generations.redis.test.ts')
await import('./source-lists.redis.test.ts')
await import('./quarantine.redis.test.ts')
await import('./removed-channels.redis.test.ts')
await import('./import-lease.redis.test.ts')
await import('./sorted-runs.redis.test.ts')

afterAll(() => cluster.stop())
