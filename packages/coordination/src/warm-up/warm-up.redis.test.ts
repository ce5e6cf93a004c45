import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { eventually } from '@kptv/testkit'
import { startFixture } from '../../test-support/redis-fixture.ts'

jest.setTimeout(120_000)

let fixture: Awaited<ReturnType<typeof startFixture>>
beforeAll(async () => {
  fixture = await startFixture({ isPrivate: true })
})
afterAll(() => fixture[Symbol.asyncDispose]())

const warmUpMs = 3000
// Nothing beats on its own here, and a restarting server takes its time: leases must not end
// meanwhile.
const unhurried = { commandMs: 20_000, deadlineMs: 20_000, unwatchedDeadlineMs: 20_000, leaseMs: 30_000 }
const startEdge = () => fixture.startEdge({ timing: { warmUpMs, ...unhurried } })
const request = (accountId: string) => ({ accountId, limit: 1, channelId: accountId })

describe('warm-up', () => {
  test('a fresh Redis is cold once, for all nodes alike, and then warm', async () => {
    await fixture.redis.flushall()
    const [one, other] = [await startEdge(), await startEdge()]
    const first = await one.warmUp.check('g1')
    expect(first.warmInMs).toBe(warmUpMs)
    await sleep(20)
    const second = await other.warmUp.check('g1')
    expect(second.warmInMs).toBeLessThan(warmUpMs)
    expect(second.memory).toBe(first.memory)
    expect(await one.leadership.claim({ channelId: 'g1' })).toEqual({
      outcome: 'cold',
      retryAfterMs: expect.any(Number),
    })
    expect(await one.slots.acquire(request('g1'))).toEqual({ outcome: 'cold', retryAfterMs: expect.any(Number) })
    await one.whenWarm()
    expect(await one.warmUp.check('g1')).toEqual({ ...first, warmInMs: 0 })
    expect((await one.leadership.claim({ channelId: 'g1' })).outcome).toBe('leading')
    expect((await one.slots.acquire(request('g1'))).outcome).toBe('granted')
  })

  test.each([
    ['another type', () => fixture.redis.set(fixture.keys.memory, 'text')],
    ['another server', () => fixture.redis.hset(fixture.keys.memory, { runId: 'x', since: 1 })],
    ['no time', () => fixture.redis.hdel(fixture.keys.memory, 'since')],
    ['a time in the future', () => fixture.redis.hset(fixture.keys.memory, 'since', Date.now() + 60_000)],
  ])('a memory with %s is cold', async (_, spoil) => {
    const { warmUp, whenWarm } = await startEdge()
    await warmUp.check('g1')
    await fixture.redis.del(fixture.keys.memory)
    await whenWarm()
    await spoil()
    const { warmInMs } = await warmUp.check('g1')
    expect(warmInMs).toBeGreaterThan(warmUpMs - 500)
    expect(warmInMs).toBeLessThanOrEqual(warmUpMs)
  })
})

test.each(['FLUSHALL', 'a restart'])(
  'after %s only the holders regain their leases; then anyone gets the rest',
  async (how) => {
    const channelId = `h-${how.length}`
    const [holder, other] = [await startEdge(), await startEdge()]
    await holder.whenWarm()
    const losses: unknown[] = []
    holder.leadership.onLost((...loss) => losses.push(loss))
    holder.slots.onLost((...loss) => losses.push(loss))
    await holder.heartbeat.beat()
    await other.heartbeat.beat()
    const claim = await holder.leadership.claim({ channelId })
    const slot = await holder.slots.acquire(request(channelId))
    if (claim.outcome !== 'leading' || slot.outcome !== 'granted') throw new Error('not held')
    await holder.heartbeat.beat()
    holder.presence.set(channelId, 2)

    if (how === 'FLUSHALL') await fixture.redis.flushall()
    else await fixture.server.restart()
    await eventually('both are connected', () => [holder, other].every(({ redis }) => redis.status === 'ready'))
    // Faster than the holder, and refused: neither held leases nor new ones.
    expect((await other.leadership.claim({ channelId })).outcome).toBe('cold')
    expect((await other.slots.acquire(request(channelId))).outcome).toBe('cold')
    expect((await other.leadership.claim({ channelId: 'new' })).outcome).toBe('cold')

    await holder.heartbeat.beat()
    await other.heartbeat.beat()
    expect(losses).toEqual([])
    expect(holder.leadership.mayLead(channelId, claim.term)).toBe(true)
    expect(await holder.leadership.read(channelId)).toMatchObject({
      term: claim.term,
      incarnation: holder.incarnation.id,
    })
    expect(await fixture.redis.zrange(fixture.keys.accountSlots(channelId), '0', '-1')).toEqual([slot.slotId])
    expect(await other.leadership.claim({ channelId })).toMatchObject({ outcome: 'led' })
    await holder.heartbeat.beat()
    await eventually('its viewers are there again', async () => (await other.presence.totalViewers(channelId)) === 2)

    await other.whenWarm()
    expect((await other.leadership.claim({ channelId: `new-${how}` })).outcome).toBe('leading')
    // A lease deleted from a memory that was never lost is not retaken.
    await holder.heartbeat.beat()
    await fixture.redis.del(fixture.keys.channelLead(channelId), fixture.keys.accountSlots(channelId))
    await holder.heartbeat.beat()
    expect(losses).toEqual([
      [channelId, claim.term, 'missing'],
      [[slot.slotId], 'missing'],
    ])
  },
)

test('an older leader that comes back first gives way to the newer one', async () => {
  const [older, newer] = [await startEdge(), await startEdge()]
  await older.whenWarm()
  const first = await older.leadership.claim({ channelId: 'o' })
  await fixture.redis.del(fixture.keys.channelLead('o'))
  const second = await newer.leadership.claim({ channelId: 'o' })
  if (first.outcome !== 'leading' || second.outcome !== 'leading') throw new Error('not leading')
  await fixture.redis.flushall()
  await older.heartbeat.beat()
  await newer.heartbeat.beat()
  expect(await newer.leadership.read('o')).toMatchObject({ term: second.term })
  await older.heartbeat.beat()
  expect(older.leadership.held()).toEqual([])
  expect(newer.leadership.mayLead('o', second.term)).toBe(true)
})

test('a slot for which there is no longer room is lost', async () => {
  const [one, other] = [await startEdge(), await startEdge()]
  await one.whenWarm()
  const lost: unknown[] = []
  other.slots.onLost((...loss) => lost.push(loss))
  await one.slots.acquire(request('p'))
  await fixture.redis.del(fixture.keys.accountSlots('p'))
  const slot = await other.slots.acquire(request('p'))
  await fixture.redis.flushall()
  await one.heartbeat.beat()
  await other.heartbeat.beat()
  expect(lost).toEqual([[[slot.outcome === 'granted' && slot.slotId], 'missing']])
  expect(await fixture.redis.zcard(fixture.keys.accountSlots('p'))).toBe(1)
})

test('an answer from a server whose memory was not checked grants nothing', async () => {
  const { leadership, slots, whenWarm, redis } = await startEdge()
  await whenWarm()
  const evalsha = redis.evalsha.bind(redis) as (...args: unknown[]) => Promise<unknown>
  // Another server took over between the check and the grant: the answer describes the old one.
  Object.assign(redis, {
    evalsha: async (...args: unknown[]) => {
      const reply = await evalsha(...args)
      return args[2] === fixture.keys.memory ? ['f'.repeat(40), ...(reply as unknown[]).slice(1)] : reply
    },
  })
  expect((await leadership.claim({ channelId: 'r' })).outcome).toBe('cold')
  expect((await slots.acquire(request('r'))).outcome).toBe('cold')
  expect(await fixture.redis.exists(fixture.keys.channelLead('r'), fixture.keys.accountSlots('r'))).toBe(0)
})
