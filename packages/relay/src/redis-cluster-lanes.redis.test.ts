import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { refreshShards } from '@kptv/redis'
import { eventually, type RedisClusterForTests, startRedisCluster } from '@kptv/testkit'
import { feedFrom, recordFollower } from '../test-support/follow-recorder.ts'
import { describeRelay } from '../test-support/relay-conformance.ts'
import { startClusterFixture } from '../test-support/relay-fixture.ts'

// Starts servers: the time limit is only there to end a hang.
jest.setTimeout(120_000)

let cluster: RedisClusterForTests
beforeAll(async () => {
  cluster = await startRedisCluster({ replicas: 1 })
})
afterAll(() => cluster.stop())

describeRelay('Redis Cluster relay', () => startClusterFixture(cluster))

/** A leader and a follower of each channel, with media flowing. */
async function playLive(fixture: Awaited<ReturnType<typeof startClusterFixture>>, channelIds: readonly string[]) {
  const [leading, following] = [await fixture.relay(), await fixture.relay()]
  const played = channelIds.map((channelId) => {
    const publisher = leading.publisher(channelId, 1)
    return { channelId, publisher, recorder: recordFollower(following, channelId), feed: feedFrom(publisher) }
  })
  const timer = setInterval(() => {
    for (const { feed } of played) feed.append(50)
  }, 50)
  await eventually('all are followed', () => played.every(({ recorder }) => recorder.counts.bytes > 0))
  const stop = () => clearInterval(timer)
  return { played, [Symbol.dispose]: stop }
}

/** One channel on each primary. */
async function channelsOnEach(keys: { channelMedia(id: string): string }): Promise<string[]> {
  const found = new Map<unknown, string>()
  for (let number = 0; found.size < 3; number += 1) {
    found.set(await cluster.primaryOf(keys.channelMedia(`c${number}`)), `c${number}`)
  }
  return [...found.values()]
}

test('slots move to another primary while media flows: the follower continues without a gap', async () => {
  await using fixture = await startClusterFixture(cluster)
  const [channelId = ''] = await channelsOnEach(fixture.keys)
  using live = await playLive(fixture, [channelId])
  const to = await cluster.moveSlotOf(fixture.keys.channelMedia(channelId))
  const [{ recorder, feed }] = live.played as [(typeof live.played)[0]]
  const before = feed.bytesSoFar()
  await eventually('it hears what came after', () => recorder.counts.bytes > before + 500_000, { deadlineMs: 30_000 })
  expect(recorder.report().sequence).toMatchObject({ lost: 0, repeated: 0, outOfOrder: 0 })
  expect(await cluster.primaryOf(fixture.keys.channelMedia(channelId))).toBe(to)
})

test('a primary fails over: its channels return; the other channels do not notice', async () => {
  await using fixture = await startClusterFixture(cluster)
  await refreshShards(fixture.redis)
  const channelIds = await channelsOnEach(fixture.keys)
  using live = await playLive(fixture, channelIds)
  const lost = await cluster.primaryOf(fixture.keys.channelMedia(channelIds[0]!))
  const others = live.played.slice(1)
  await lost.killHard()
  const [hit] = live.played as [(typeof live.played)[0]]
  const before = hit.feed.bytesSoFar()
  await eventually('its channel is heard again', () => hit.recorder.counts.bytes > before + 500_000, {
    deadlineMs: 60_000,
  })
  expect(cluster.replicas).toContain(await cluster.primaryOf(fixture.keys.channelMedia(hit.channelId)))
  for (const { recorder } of others) {
    expect(recorder.events).toEqual([])
    expect(recorder.report().sequence).toMatchObject({ lost: 0, repeated: 0, outOfOrder: 0 })
  }
})
