import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { eventually, type RedisSentinelForTests, startRedisSentinel } from '@kptv/testkit'
import { runOn, startFixture } from '../test-support/redis-fixture.ts'

// Starts servers: the time limit is only there to end a hang.
jest.setTimeout(120_000)

// Long enough for both to find the successor before it is over: a latecomer never sees it cold.
const warmUpMs = 5000

let sentinel: RedisSentinelForTests
let fixture: Awaited<ReturnType<typeof startFixture>>
beforeAll(async () => {
  sentinel = await startRedisSentinel()
  runOn(sentinel)
  fixture = await startFixture()
})
afterAll(async () => {
  await fixture[Symbol.asyncDispose]()
  await sentinel.stop()
})

test('the primary freezes and is replaced: every node leaves it, its successor is cold, and nobody writes to it as a replica', async () => {
  const edges = [
    await fixture.startEdge({ timing: { warmUpMs, commandMs: 800 } }),
    await fixture.startEdge({ timing: { warmUpMs, commandMs: 800 } }),
  ]
  const [holder, other] = edges as [(typeof edges)[0], (typeof edges)[0]]
  await holder.whenWarm()
  for (const edge of edges) edge.heartbeat.start()
  expect((await holder.leadership.claim({ channelId: 'c' })).outcome).toBe('leading')
  const lost: unknown[] = []
  holder.leadership.onLost((...loss) => lost.push(loss))
  await holder.heartbeat.beat()

  const old = await sentinel.primary()
  old.pause()
  await eventually('another is the primary', async () => (await sentinel.primary()) !== old, { deadlineMs: 30_000 })
  const claim = () => other.leadership.claim({ channelId: 'free' }).catch(() => undefined)
  await eventually('its successor answers, and is cold', async () => (await claim())?.outcome === 'cold')
  for (const edge of edges) {
    // It was subscribed to a frozen server, which only the beat could notice.
    await eventually('it is seen there', async () => (await fixture.watchers(edge.incarnation.id)) === 1)
    await eventually('it knows', () => edge.livenessWatch.isWatched())
  }
  await eventually('its successor is warm', async () => (await claim())?.outcome === 'leading', {
    deadlineMs: 30_000,
  })
  // Away for longer than the deadline: given up. If the failover was faster, still held.
  expect(lost.every((loss) => (loss as unknown[])[2] === 'deadline')).toBe(true)

  old.resume()
  const isReplica = async () => ((await old.command('ROLE')) as string[])[0] === 'slave'
  await eventually('the old one is a replica', isReplica, { deadlineMs: 60_000 })
  const claimAgain = () =>
    edges.map((edge, number) => edge.leadership.claim({ channelId: `again-${number}` }).catch(() => undefined))
  await eventually('all can lead again', async () =>
    (await Promise.all(claimAgain())).every((answer) => answer?.outcome === 'leading'),
  )
  expect(String(await old.command('INFO', 'errorstats'))).not.toContain('errorstat_READONLY')
  expect((await other.leadership.claim({ channelId: 'free' })).outcome).toBe('leading')
})
