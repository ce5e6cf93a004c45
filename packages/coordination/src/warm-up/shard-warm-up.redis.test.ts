import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { allShards, refreshShards, shardOf } from '@kptv/redis'
import { eventually, type RedisClusterForTests, startRedisCluster } from '@kptv/testkit'
import { createOwnTime, keepBeating } from '../../test-support/edge.ts'
import { runOn, startFixture } from '../../test-support/redis-fixture.ts'

// Starts servers: the time limit is only there to end a hang.
jest.setTimeout(120_000)

const warmUpMs = 3000

let cluster: RedisClusterForTests
let fixture: Awaited<ReturnType<typeof startFixture>>
beforeAll(async () => {
  cluster = await startRedisCluster({ replicas: 1 })
  runOn(cluster)
  fixture = await startFixture()
})
afterAll(async () => {
  await fixture[Symbol.asyncDispose]()
  await cluster.stop()
})

const startEdge = () => fixture.startEdge({ timing: { warmUpMs } })

/** One channel on each primary. */
function channelsOnEach(): string[] {
  const found = new Map<string, string>()
  for (let number = 0; found.size < 3; number += 1) {
    const shard = shardOf(fixture.redis, fixture.keys.channelLead(`c${number}`))
    if (!found.has(shard)) found.set(shard, `c${number}`)
  }
  return [...found.values()]
}

test('each primary has its own memory, and keeps its record of it', async () => {
  const edge = await startEdge()
  await edge.whenWarm()
  const shards = allShards(fixture.redis)
  expect(shards).toHaveLength(3)
  const runIds = new Set<string | null>()
  for (const shard of shards) {
    const runId = await fixture.redis.hget(fixture.keys.shardMemory(shard), 'runId')
    const owner = await cluster.primaryOf(fixture.keys.shardMemory(shard))
    expect(String(await owner.command('INFO', 'server'))).toContain(`run_id:${runId}`)
    runIds.add(runId)
  }
  expect(runIds.size).toBe(3)
  expect(await fixture.redis.exists(fixture.keys.memory)).toBe(0)
})

test('a primary whose replica took over is cold, although the record of its memory was copied; the others stay warm', async () => {
  // Its watch may lie on the lost primary: that is another test.
  const timing = { warmUpMs, deadlineMs: 20_000, unwatchedDeadlineMs: 20_000, leaseMs: 30_000 }
  const [holder, other] = [await fixture.startEdge({ timing }), await fixture.startEdge({ timing })]
  await holder.whenWarm()
  const [channelId = '', ...elsewhere] = channelsOnEach()
  const lost: string[] = []
  holder.leadership.onLost((id) => lost.push(id))
  await holder.heartbeat.beat()
  const claims = await Promise.all([channelId, ...elsewhere].map((id) => holder.leadership.claim({ channelId: id })))
  expect(claims.map(({ outcome }) => outcome)).toEqual(['leading', 'leading', 'leading'])
  await holder.heartbeat.beat()
  using _ = keepBeating(holder)

  const primary = await cluster.primaryOf(fixture.keys.channelLead(channelId))
  await primary.killHard()
  await eventually(
    'the new primary answers',
    async () => (await other.warmUp.check(fixture.keys.channelLead(channelId)).catch(() => undefined))?.warmInMs,
    { deadlineMs: 30_000 },
  )
  // There nothing can be taken, even if it was free; elsewhere everything continues.
  const isThere = (id: string) =>
    shardOf(fixture.redis, fixture.keys.channelLead(id)) === shardOf(fixture.redis, fixture.keys.channelLead(channelId))
  const free = Array.from({ length: 100 }, (_, number) => `free-${number}`)
  // The client may still be on its way to the new servers.
  const claim = (channelId: string) =>
    eventually('a claim is answered', () => other.leadership.claim({ channelId }).catch(() => undefined))
  expect(await claim(free.find(isThere)!)).toMatchObject({ outcome: 'cold' })
  expect(await claim(free.find((id) => !isThere(id))!)).toMatchObject({ outcome: 'leading' })
  for (const [index, id] of elsewhere.entries()) {
    const before = claims[index + 1]!
    expect(before.outcome === 'leading' && holder.leadership.mayLead(id, before.term)).toBe(true)
  }
  expect(lost.filter((id) => id !== channelId)).toEqual([])
  await eventually('it is warm again', async () => (await claim(free.find(isThere)!)).outcome === 'leading')
})

test('a server that has just taken over proves no process gone: none has had time to be seen there', async () => {
  const [alive, judge] = [await startEdge(), await startEdge()]
  await judge.whenWarm()
  const name = fixture.keys.alive(alive.incarnation.id)
  await eventually('it is seen', () => alive.livenessWatch.isWatched())
  expect(await judge.livenessWatch.isGone(alive.incarnation.id)).toBe(false)
  const shard = shardOf(fixture.redis, name)
  // As after a failover: the server is up, its memory is new, and it has no subscribers.
  alive.subscriber.disconnect()
  await eventually('it counts nobody', async () => (await fixture.watchers(alive.incarnation.id)) === 0)
  await fixture.redis.del(fixture.keys.shardMemory(shard))
  expect(await judge.livenessWatch.isGone(alive.incarnation.id)).toBe(false)
  await judge.whenWarm()
  expect(await judge.livenessWatch.isGone(alive.incarnation.id)).toBe(true)
})

test('the watch moves with its slot to another primary', async () => {
  const edge = await startEdge()
  const name = fixture.keys.alive(edge.incarnation.id)
  await eventually('it is seen', () => edge.livenessWatch.isWatched())
  const target = await cluster.moveSlotOf(name)
  await eventually('it is counted there', async () => {
    const [, count] = (await target.command('PUBSUB', 'SHARDNUMSUB', name)) as [string, number]
    return count === 1
  })
  await eventually('it knows', () => edge.livenessWatch.isWatched())
  await refreshShards(fixture.redis)
  expect(await cluster.primaryOf(name)).toBe(target)
})

test('a frozen primary that also holds the watch affects nothing on the others', async () => {
  using time = createOwnTime()
  const clock = { monotonicMs: time.monotonicMs, wallMs: time.monotonicMs }
  const edge = await fixture.startEdge({ timing: { warmUpMs, commandMs: 800 }, ...clock })
  const lost: string[] = []
  edge.leadership.onLost((id, reason) => lost.push(`${id} ${reason}`))
  edge.heartbeat.start()
  await edge.whenWarm()
  await eventually('it is seen', () => edge.livenessWatch.isWatched())
  const shardOfKey = (key: string) => shardOf(fixture.redis, key)
  const watched = shardOfKey(fixture.keys.alive(edge.incarnation.id))
  const ids = Array.from({ length: 100 }, (_, number) => `frozen-${number}`)
  const elsewhere = ids.filter((id) => shardOfKey(fixture.keys.channelLead(id)) !== watched).slice(0, 5)
  for (const channelId of elsewhere) await edge.leadership.claim({ channelId })
  await edge.heartbeat.beat()

  const frozen = await cluster.primaryOf(fixture.keys.alive(edge.incarnation.id))
  frozen.pause()
  await eventually('its watch is down', () => !edge.livenessWatch.isWatched(), { deadlineMs: 30_000 })
  // As long as a lease, and until a replica has taken over or the server has resumed.
  await sleep(5000)
  frozen.resume()
  await eventually('its watch is up', () => edge.livenessWatch.isWatched(), { deadlineMs: 30_000 })
  expect(lost).toEqual([])
  expect(edge.leadership.held().map(({ channelId }) => channelId)).toEqual(elsewhere)
})
