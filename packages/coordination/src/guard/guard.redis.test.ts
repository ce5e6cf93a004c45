import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { eventually } from '@kptv/testkit'
import { startBench } from '../../test-support/redis-bench.ts'

jest.setTimeout(120_000)

let bench: Awaited<ReturnType<typeof startBench>>
beforeAll(async () => {
  bench = await startBench({ isPrivate: true })
})
afterAll(() => bench[Symbol.asyncDispose]())

const warmUpMs = 3000
// Nobody beats by himself here, and a server that starts again takes its time: what is held must not end by the way.
const unhurried = { commandMs: 20_000, deadlineMs: 20_000, unwatchedDeadlineMs: 20_000, leaseMs: 30_000 }
const startEdge = () => bench.startEdge({ timing: { warmUpMs, ...unhurried } })
const request = (accountId: string) => ({ accountId, limit: 1, channelId: accountId })

describe('guard', () => {
  test('a fresh Redis is cold once, for all nodes the same, and can be waited for', async () => {
    await bench.redis.flushall()
    const [one, other] = [await startEdge(), await startEdge()]
    const first = await one.guard.check('g1')
    expect(first.warmInMs).toBe(warmUpMs)
    await sleep(20)
    const second = await other.guard.check('g1')
    expect(second.warmInMs).toBeLessThan(warmUpMs)
    expect(second.memory).toBe(first.memory)
    expect(await one.leadership.claim({ channelId: 'g1' })).toEqual({
      outcome: 'cold',
      retryAfterMs: expect.any(Number),
    })
    expect(await one.slots.acquire(request('g1'))).toEqual({ outcome: 'cold', retryAfterMs: expect.any(Number) })
    await one.guard.whenWarm()
    expect(await one.guard.check('g1')).toEqual({ ...first, warmInMs: 0 })
    expect((await one.leadership.claim({ channelId: 'g1' })).outcome).toBe('leading')
    expect((await one.slots.acquire(request('g1'))).outcome).toBe('granted')
  })

  test('waiting ends with its signal', async () => {
    await bench.redis.flushall()
    const { guard } = await startEdge()
    await expect(guard.whenWarm(AbortSignal.timeout(50))).rejects.toThrow()
  })

  test.each([
    ['another type', () => bench.redis.set(bench.keys.guard, 'text')],
    ['another server', () => bench.redis.hset(bench.keys.guard, { runId: 'x', since: 1 })],
    ['no time', () => bench.redis.hdel(bench.keys.guard, 'since')],
    ['a time to come', () => bench.redis.hset(bench.keys.guard, 'since', Date.now() + 60_000)],
  ])('a guard with %s is cold', async (_, spoil) => {
    const { guard } = await startEdge()
    await guard.check('g1')
    await bench.redis.del(bench.keys.guard)
    await guard.whenWarm()
    await spoil()
    const { warmInMs } = await guard.check('g1')
    expect(warmInMs).toBeGreaterThan(warmUpMs - 500)
    expect(warmInMs).toBeLessThanOrEqual(warmUpMs)
  })
})

test.each(['FLUSHALL', 'a restart'])(
  'after %s only the holders get what they held; then anybody gets the rest',
  async (how) => {
    const channelId = `h-${how.length}`
    const [holder, other] = [await startEdge(), await startEdge()]
    await holder.guard.whenWarm()
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

    if (how === 'FLUSHALL') await bench.redis.flushall()
    else await bench.server.restart()
    await eventually('both are connected', () => [holder, other].every(({ redis }) => redis.status === 'ready'))
    // Faster than the holder, and refused: neither what was held, nor anything new.
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
    expect(await bench.redis.zrange(bench.keys.accountSlots(channelId), '0', '-1')).toEqual([slot.slotId])
    expect(await other.leadership.claim({ channelId })).toMatchObject({ outcome: 'led' })
    await holder.heartbeat.beat()
    await eventually('its viewers are there again', async () => (await other.presence.totalViewers(channelId)) === 2)

    await other.guard.whenWarm()
    expect((await other.leadership.claim({ channelId: `new-${how}` })).outcome).toBe('leading')
    // What is deleted in a memory that was never lost is not taken again.
    await holder.heartbeat.beat()
    await bench.redis.del(bench.keys.channelLead(channelId), bench.keys.accountSlots(channelId))
    await holder.heartbeat.beat()
    expect(losses).toEqual([
      [channelId, claim.term, 'missing'],
      [[slot.slotId], 'missing'],
    ])
  },
)

test('an older leader that comes back first gives way to the newer one', async () => {
  const [older, newer] = [await startEdge(), await startEdge()]
  await older.guard.whenWarm()
  const first = await older.leadership.claim({ channelId: 'o' })
  await bench.redis.del(bench.keys.channelLead('o'))
  const second = await newer.leadership.claim({ channelId: 'o' })
  if (first.outcome !== 'leading' || second.outcome !== 'leading') throw new Error('not leading')
  await bench.redis.flushall()
  await older.heartbeat.beat()
  await newer.heartbeat.beat()
  expect(await newer.leadership.read('o')).toMatchObject({ term: second.term })
  await older.heartbeat.beat()
  expect(older.leadership.held()).toEqual([])
  expect(newer.leadership.mayLead('o', second.term)).toBe(true)
})

test('a slot for which there is no room any more is lost', async () => {
  const [one, other] = [await startEdge(), await startEdge()]
  await one.guard.whenWarm()
  const lost: unknown[] = []
  other.slots.onLost((...loss) => lost.push(loss))
  await one.slots.acquire(request('p'))
  await bench.redis.del(bench.keys.accountSlots('p'))
  const slot = await other.slots.acquire(request('p'))
  await bench.redis.flushall()
  await one.heartbeat.beat()
  await other.heartbeat.beat()
  expect(lost).toEqual([[[slot.outcome === 'granted' && slot.slotId], 'missing']])
  expect(await bench.redis.zcard(bench.keys.accountSlots('p'))).toBe(1)
})

test('an answer of another server than the one that was asked for its guard grants nothing', async () => {
  const { leadership, slots, guard, redis } = await startEdge()
  await guard.whenWarm()
  const evalsha = redis.evalsha.bind(redis) as (...args: unknown[]) => Promise<unknown>
  // Between guard and grant another server took over: the guard's answer is of the old one.
  Object.assign(redis, {
    evalsha: async (...args: unknown[]) => {
      const reply = await evalsha(...args)
      return args[2] === bench.keys.guard ? ['f'.repeat(40), ...(reply as unknown[]).slice(1)] : reply
    },
  })
  expect((await leadership.claim({ channelId: 'r' })).outcome).toBe('cold')
  expect((await slots.acquire(request('r'))).outcome).toBe('cold')
  expect(await bench.redis.exists(bench.keys.channelLead('r'), bench.keys.accountSlots('r'))).toBe(0)
})
