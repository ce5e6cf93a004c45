import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { eventually } from '@kptv/testkit'
import { keepBeating } from '../../test-support/edge.ts'
import { startFixture } from '../../test-support/redis-fixture.ts'

jest.setTimeout(120_000)

let fixture: Awaited<ReturnType<typeof startFixture>>
beforeAll(async () => {
  fixture = await startFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())

test('adds up the viewers of all nodes, follows each change, and leaves nothing behind', async () => {
  const [one, other] = [await fixture.startEdge(), await fixture.startEdge()]
  const total = () => one.presence.totalViewers('c1')
  expect(await total()).toBe(0)
  one.presence.set('c1', 2)
  other.presence.set('c1', 500)
  await eventually('both count', async () => (await total()) === 502)
  one.presence.set('c1', 1)
  other.presence.set('c1', 0)
  await eventually('one is left', async () => (await total()) === 1)
  one.presence.set('c1', 0)
  await eventually('nobody is left', async () => (await total()) === 0)
  expect(await fixture.redis.exists(fixture.keys.channelPresence('c1'), fixture.keys.channelPresenceCounts('c1'))).toBe(
    0,
  )
})

test('viewers of a node that is gone expire; those of a living node are renewed', async () => {
  // Long enough for both to be seen on a busy machine.
  const timing = { presenceMs: 4_000 }
  const [dead, alive] = [await fixture.startEdge({ timing }), await fixture.startEdge({ timing })]
  dead.presence.set('c2', 7)
  alive.presence.set('c2', 1)
  await eventually('both count', async () => (await alive.presence.totalViewers('c2')) === 8)
  using _ = keepBeating(alive)
  await eventually('only the living one counts', async () => (await alive.presence.totalViewers('c2')) === 1)
  await sleep(900)
  expect(await alive.presence.totalViewers('c2')).toBe(1)
  expect(await fixture.redis.pttl(fixture.keys.channelPresenceCounts('c2'))).toBeGreaterThan(0)
})

test('beats repeat a change that did not get through', async () => {
  const { presence, redis, heartbeat } = await fixture.startEdge()
  redis.disconnect(true)
  await once(redis, 'close')
  presence.set('c3', 4)
  await eventually('a beat got through', async () => {
    await heartbeat.beat()
    return (await presence.totalViewers('c3').catch(() => 0)) === 4
  })
})

test('foreign content does not count, and is removed', async () => {
  const { presence } = await fixture.startEdge()
  const { channelPresence, channelPresenceCounts } = fixture.keys
  await fixture.redis.zadd(
    channelPresence('c4'),
    Date.UTC(3000, 0),
    'far',
    Date.now() + 3000,
    'text',
    Date.now(),
    'minus',
  )
  await fixture.redis.hset(channelPresenceCounts('c4'), { far: '5', text: 'many', minus: '-3' })
  expect(await presence.totalViewers('c4')).toBe(0)
  await fixture.redis.set(channelPresence('c5'), 'text')
  await expect(presence.totalViewers('c5')).rejects.toThrow('WRONGTYPE')
})

test('lists the other processes with viewers, those with the most first', async () => {
  const [one, two, three] = [await fixture.startEdge(), await fixture.startEdge(), await fixture.startEdge()]
  one.presence.set('c9', 50)
  two.presence.set('c9', 1)
  three.presence.set('c9', 3)
  await eventually('all count', async () => (await one.presence.totalViewers('c9')) === 54)
  expect(await one.presence.others('c9')).toEqual([three.incarnation.id, two.incarnation.id])
  three.presence.set('c9', 0)
  await eventually('one is left', async () => (await one.presence.others('c9')).length === 1)
  expect(await one.presence.others('nobody-watches')).toEqual([])
})
