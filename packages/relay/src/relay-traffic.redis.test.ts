import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { eventually } from '@kptv/testkit'
import { feedFrom, recordFollower } from '../test-support/follow-recorder.ts'
import { type RedisFixture, startRedisFixture } from '../test-support/relay-fixture.ts'

const isPrivate = true

/** The sum of the numbers that INFO reports under this name; 0 if there is none. */
async function info(fixture: RedisFixture, section: string, field: RegExp): Promise<number> {
  return Number(field.exec(String(await fixture.redis.info(section)))?.[1] ?? 0)
}

const publishedCalls = (fixture: RedisFixture) => info(fixture, 'commandstats', /cmdstat_spublish:calls=(\d+)/)
const bytesIn = (fixture: RedisFixture) => info(fixture, 'stats', /total_net_input_bytes:(\d+)/)
const bytesOut = (fixture: RedisFixture) => info(fixture, 'stats', /total_net_output_bytes:(\d+)/)

test('without a follower Redis receives ticks and no media', async () => {
  await using fixture = await startRedisFixture({ isPrivate })
  const leading = await fixture.relay()
  const publisher = leading.publisher('news', 1)
  const feed = feedFrom(publisher)
  const before = { calls: await publishedCalls(fixture), bytes: await bytesIn(fixture) }
  const startedAt = performance.now()
  for (let piece = 0; piece < 50; piece++) {
    feed.append(100)
    await sleep(20)
  }
  const calls = (await publishedCalls(fixture)) - before.calls
  expect(calls).toBeLessThanOrEqual((performance.now() - startedAt) / 100 + 2)
  expect(feed.bytesSoFar()).toBeGreaterThan(1_000_000)
  expect((await bytesIn(fixture)) - before.bytes).toBeLessThan(20_000)
  expect(await fixture.redis.pubsub('SHARDNUMSUB', fixture.keys.channelMedia('news'))).toEqual([
    fixture.keys.channelMedia('news'),
    0,
  ])
}, 30_000)

test('traffic grows with following nodes, not with followers of a node', async () => {
  await using fixture = await startRedisFixture({ isPrivate })
  const publisher = (await fixture.relay()).publisher('news', 1)
  const feed = feedFrom(publisher)
  const recorders: ReturnType<typeof recordFollower>[] = []
  const measure = async (nodes: number) => {
    await eventually(`${nodes} nodes follow`, () => publisher.followers === nodes)
    const hasLast = (recorder: (typeof recorders)[number]) =>
      recorder.bytes().subarray(-188).equals(feed.bytes().subarray(-188))
    // A backlog that arrives later would be counted as traffic.
    await eventually('all have what there was', () => recorders.every(hasLast))
    await sleep(100)
    const before = { in: await bytesIn(fixture), out: await bytesOut(fixture), fed: feed.bytesSoFar() }
    const delivered = recorders.map(({ counts }) => counts.bytes)
    // Much media, beside which the ticks of a slow machine do not count.
    for (let piece = 0; piece < 30; piece++) {
      feed.append(500)
      await sleep(10)
    }
    const fed = feed.bytesSoFar() - before.fed
    await eventually('all have all of it', () =>
      recorders.every(({ counts }, index) => counts.bytes - delivered[index]! === fed),
    )
    expect(recorders.flatMap(({ events }) => events)).toEqual([])
    return { in: ((await bytesIn(fixture)) - before.in) / fed, out: ((await bytesOut(fixture)) - before.out) / fed }
  }

  const node = await fixture.relay()
  recorders.push(recordFollower(node, 'news'))
  const one = await measure(1)
  for (let count = 0; count < 9; count++) recorders.push(recordFollower(node, 'news'))
  const ten = await measure(1)
  for (let count = 0; count < 2; count++) recorders.push(recordFollower(await fixture.relay(), 'news'))
  const three = await measure(3)

  // Ten times the followers would be ten times the traffic. A node that is slow may ask for the
  // backlog again, which is far less than half of what is measured.
  const asOnce = 1.5
  for (const [measured, nodes] of [
    [one, 1],
    [ten, 1],
    [three, 3],
  ] as const) {
    expect(measured.in).toBeGreaterThan(0.95)
    expect(measured.in).toBeLessThan(asOnce)
    expect(measured.out / nodes).toBeGreaterThan(0.95)
    expect(measured.out / nodes).toBeLessThan(asOnce)
  }
}, 60_000)

test("a node's channels are spread over its subscriber connections, and leave no key behind", async () => {
  await using fixture = await startRedisFixture({ isPrivate })
  const [leading, following] = [await fixture.relay(), await fixture.relay()]
  const publishers = Array.from({ length: 40 }, (_, index) => leading.publisher(`channel-${index}`, 1))
  publishers.forEach((_, index) => void recordFollower(following, `channel-${index}`))
  await eventually('all are followed', () => publishers.every(({ followers }) => followers === 1))
  const clients = String(await fixture.redis.client('LIST')).split('\n')
  const subscriptions = clients.flatMap((line) => {
    const [, count] = /name=\S*2-relay-\d-subscriber .*?\bssub=(\d+)/.exec(line) ?? []
    return count === undefined ? [] : [Number(count)]
  })
  expect(subscriptions).toHaveLength(4)
  expect(Math.min(...subscriptions)).toBeGreaterThan(5)
  expect(subscriptions.reduce((sum, count) => sum + count)).toBe(80)

  await following[Symbol.asyncDispose]()
  await leading[Symbol.asyncDispose]()
  expect(await fixture.redis.pubsub('SHARDCHANNELS', '*')).toEqual([])
  expect(await fixture.redis.dbsize()).toBe(0)
}, 30_000)
