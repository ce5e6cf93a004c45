import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { systemClock } from '@kptv/clock'
import { connectRedis, type RedisServer } from '@kptv/redis'
import { createTransportStreamMaker, eventually, startChaosProxy } from '@kptv/testkit'
import { feedFrom, recordFollower } from '../test-support/follow-recorder.ts'
import { clientIds, silent, startRedisFixture } from '../test-support/relay-fixture.ts'
import { createRelay } from './create-relay.ts'
import { createRedisTransport } from './redis-transport.ts'
import { createLanes } from './subscriber-lanes.ts'

const isPrivate = true
const portOf = (url: string) => Number(new URL(url).port)

/** Media in real time until the returned function is called; 100 ms at a time. */
function playLive(feed: ReturnType<typeof feedFrom>, everyMs = 100) {
  const timer = setInterval(() => feed.append(100), everyMs)
  return () => clearInterval(timer)
}

test('a frozen Redis receives a bounded number of bytes, and everything continues when it resumes', async () => {
  await using fixture = await startRedisFixture({ isPrivate })
  const { url } = fixture.server
  const connection = { url, logger: silent, name: 'frozen' }
  const publishing = (await connectRedis({ ...connection, role: 'commands' })) as RedisServer
  const hearing = (await connectRedis({ ...connection, role: 'subscriber' })) as RedisServer
  await using leading = createRelay(
    createRedisTransport({ publisher: publishing, lanes: createLanes([hearing], systemClock), clock: systemClock }),
    { keys: fixture.keys, incarnation: 'leading', limits: { flushMs: 10 } },
  )
  const publisher = leading.publisher('news', 1)
  const recorder = recordFollower(await fixture.relay(), 'news')
  await eventually('it follows', () => publisher.followers === 1)
  const feed = feedFrom(publisher, createTransportStreamMaker({ bitsPerSecond: 20_000_000 }))
  feed.append(1_000)
  await eventually('it hears', () => recorder.counts.bytes === feed.bytesSoFar())

  fixture.server.pause()
  let maxWaiting = 0
  // Longer than a command may take (2 s), so that the connection is given up, and longer than a
  // deaf subscriber is kept.
  const blocks: number[] = []
  for (let piece = 0; piece < 60; piece++) {
    const startedAt = performance.now()
    feed.append(100)
    blocks.push(performance.now() - startedAt)
    maxWaiting = Math.max(maxWaiting, publishing.stream.writableLength)
    await sleep(100)
  }
  expect(publisher.stats.dropped).toBeGreaterThan(50)
  expect(maxWaiting).toBeLessThan(2_000_000)
  fixture.server.resume()

  const bytesBefore = recorder.counts.bytes
  const stop = playLive(feed)
  await eventually('the follower hears again', () => recorder.counts.bytes > bytesBefore + 100_000)
  stop()
  await eventually('it has the last packets', () =>
    recorder.bytes().subarray(-1000).equals(feed.bytes().subarray(-1000)),
  )
  const { repeated, outOfOrder, gaps } = recorder.report().sequence
  expect([repeated, outOfOrder, gaps.every((gap) => gap.resumesAtJoinPoint)]).toEqual([0, 0, true])
}, 60_000)

test('a Redis that returns empty: the same follower continues in the same term', async () => {
  await using fixture = await startRedisFixture({ isPrivate })
  const publisher = (await fixture.relay()).publisher('news', 1)
  const recorder = recordFollower(await fixture.relay(), 'news')
  const feed = feedFrom(publisher)
  const stop = playLive(feed)
  await eventually('it follows', () => recorder.counts.bytes > 0)
  await fixture.server.killHard()
  await sleep(500)
  await fixture.server.restart()
  const bytesBefore = recorder.counts.bytes
  await eventually('it goes on', () => recorder.counts.bytes > bytesBefore)
  await sleep(500)
  stop()
  await eventually('nothing is missing', () => recorder.counts.bytes === feed.bytesSoFar())
  expect(recorder.bytes().equals(feed.bytes())).toBe(true)
  expect(recorder.events).toEqual([])
}, 60_000)

test('Redis cuts off a slow follower without disturbing others; once its link works it continues at a join point', async () => {
  // More than a second of media, so that only a follower that reads nothing reaches it.
  await using fixture = await startRedisFixture({
    isPrivate,
    serverArguments: ['--client-output-buffer-limit', 'pubsub 8mb 0 0'],
  })
  await using proxy = await startChaosProxy({ targetPort: portOf(fixture.server.url) })
  const publisher = (await fixture.relay()).publisher('news', 1)
  const fast = recordFollower(await fixture.relay(), 'news')
  const slow = recordFollower(
    await fixture.relay({ url: `redis://${proxy.address}`, subscriberConnections: 1 }),
    'news',
  )
  await eventually('both follow', () => publisher.followers === 2)
  const [before] = await clientIds(fixture.redis, 'kptv-fixture', '3-relay-1-subscriber')
  const feed = feedFrom(publisher, createTransportStreamMaker({ bitsPerSecond: 40_000_000 }))
  feed.append(200)
  await eventually('both hear', () => fast.counts.bytes > 0 && slow.counts.bytes > 0)

  proxy.set({ blackHole: 'to-client' })
  const stop = playLive(feed, 50)
  // The kernels' buffers (some megabytes) fill up before Redis' own limit counts.
  await eventually(
    'Redis cuts the slow one',
    async () => {
      const ids = await clientIds(fixture.redis, 'kptv-fixture', '3-relay-1-subscriber')
      return !ids.includes(before!)
    },
    { deadlineMs: 60_000 },
  )
  const { stats } = fast.follower
  expect(fast.events).toEqual([])
  expect(stats.gaps).toBe(0)

  const slowBefore = slow.counts.bytes
  proxy.heal()
  await eventually('the slow one goes on', () => slow.counts.bytes > slowBefore + 1_000_000, { deadlineMs: 60_000 })
  stop()
  await eventually('the fast one has all', () => fast.counts.bytes === feed.bytesSoFar())
  expect(fast.bytes().equals(feed.bytes())).toBe(true)
  const { repeated, outOfOrder, gaps } = slow.report().sequence
  expect([repeated, outOfOrder, gaps.every((gap) => gap.resumesAtJoinPoint)]).toEqual([0, 0, true])
}, 240_000)

test('a link that swallows everything: the deaf connection is given up, a new one resumes', async () => {
  await using fixture = await startRedisFixture()
  await using proxy = await startChaosProxy({ targetPort: portOf(fixture.server.url) })
  const publisher = (await fixture.relay()).publisher('news', 1)
  const following = await fixture.relay({
    url: fixture.server.url.replace(/127\.0\.0\.1:\d+|localhost:\d+/, proxy.address),
  })
  const recorder = recordFollower(following, 'news')
  const feed = feedFrom(publisher)
  const stop = playLive(feed)
  await eventually('it follows', () => recorder.counts.bytes > 0)
  const connections = proxy.connectionsSeen()
  proxy.set({ blackHole: 'both' })
  await eventually('the deaf connection is given up', () => proxy.connectionsSeen() > connections)
  const { alive } = recorder.counts
  await sleep(500)
  expect(recorder.counts.alive).toBe(alive)
  proxy.heal()
  await eventually('it hears again', () => recorder.counts.alive > alive)
  stop()
  await eventually('nothing is missing', () => recorder.counts.bytes === feed.bytesSoFar())
  expect(recorder.bytes().equals(feed.bytes())).toBe(true)
  expect(recorder.events).toEqual([])
}, 60_000)

test('one connection of the leader is enough: ticks show followers that its link was cut', async () => {
  await using fixture = await startRedisFixture()
  await using proxy = await startChaosProxy({ targetPort: portOf(fixture.server.url) })
  const leading = await fixture.relay({
    url: fixture.server.url.replace(/127\.0\.0\.1:\d+|localhost:\d+/, proxy.address),
  })
  const publisher = leading.publisher('news', 1)
  const recorder = recordFollower(await fixture.relay(), 'news')
  const feed = feedFrom(publisher)
  feed.append(200)
  await eventually('it follows', () => recorder.counts.bytes === feed.bytesSoFar())
  proxy.set({ refuse: true })
  proxy.reset()
  await sleep(100)
  const { alive } = recorder.counts
  feed.append(200)
  await sleep(600)
  expect(recorder.counts.alive).toBe(alive)
  proxy.heal()
  await eventually('it is repaired', () => recorder.counts.bytes === feed.bytesSoFar())
  expect(recorder.bytes().equals(feed.bytes())).toBe(true)
  expect(recorder.events).toEqual([])
}, 60_000)
