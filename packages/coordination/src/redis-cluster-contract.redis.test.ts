import { afterAll, jest } from '@jest/globals'
import { startRedisCluster } from '@kptv/testkit'
import { runOn } from '../test-support/redis-fixture.ts'

// The promises of one server hold on a Redis Cluster of three primaries: the same tests, once more.
jest.setTimeout(120_000)

const cluster = await startRedisCluster()
runOn(cluster)
await import('./leadership/leadership.redis.test.ts')
await import('./leadership/takeover.redis.test.ts')
await import('./slots/slots.redis.test.ts')
await import('./slots/inherit-slot.redis.test.ts')
await import('./slots/dead-holder.redis.test.ts')
await import('./slots/left-slots.redis.test.ts')
await import('./accounts/accounts.redis.test.ts')
await import('./outranking/outranking.redis.test.ts')
await import('./quarantine/quarantine.redis.test.ts')
await import('./presence/presence.redis.test.ts')
await import('./nodes/nodes.redis.test.ts')
await import('./reconcile/reconcile.redis.test.ts')
await import('./stream-health/stream-health.redis.test.ts')

afterAll(() => cluster.stop())
