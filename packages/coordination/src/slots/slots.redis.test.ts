import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { eventually } from '@kptv/testkit'
import { startFixture } from '../../test-support/redis-fixture.ts'
import type { SlotLossReason, Slots } from './slots.ts'
import type { SlotRequest } from './take-slot.ts'

// Starts processes and servers: the time limit is only there to end a hang.
jest.setTimeout(120_000)

let fixture: Awaited<ReturnType<typeof startFixture>>
beforeAll(async () => {
  fixture = await startFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())

let accounts = 0
/** Each test has its own account. */
const request = (limit: number) => {
  accounts += 1
  return { accountId: `s${accounts}-abc`, limit, channelId: 'channel-1' }
}

describe('acquire', () => {
  test.each([1, 3, 7])(
    'of 200 simultaneous requests from 4 nodes with limit %i, exactly that many are granted',
    async (limit) => {
      const wanted = request(limit)
      const edges = await Promise.all([1, 2, 3, 4].map(() => fixture.startEdge()))
      const outcomes = await Promise.all(Array.from({ length: 200 }, (_, i) => edges[i % 4]!.slots.acquire(wanted)))
      expect(outcomes.filter(({ outcome }) => outcome === 'granted')).toHaveLength(limit)
      expect(await fixture.redis.zcard(fixture.keys.accountSlots(wanted.accountId))).toBe(limit)
      const full = outcomes.find((answer) => answer.outcome === 'full')
      expect(full?.outcome === 'full' && full.retryAfterMs).toBeGreaterThan(15_000)
    },
  )

  test('an unlimited account always grants', async () => {
    const { slots } = await fixture.startEdge()
    const wanted = request(Number.POSITIVE_INFINITY)
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => slots.acquire(wanted)))
    expect(outcomes.every(({ outcome }) => outcome === 'granted')).toBe(true)
  })

  test.each([0, -1, Number.NaN])('limit %p is rejected as a mistake of the caller', async (limit) => {
    const { slots } = await fixture.startEdge()
    await expect(slots.acquire({ accountId: 's', limit, channelId: 'c' })).rejects.toThrow(RangeError)
  })

  test('lists the holders, readable by people', async () => {
    const { slots, incarnation } = await fixture.startEdge()
    const wanted = request(2)
    const granted = await slots.acquire(wanted)
    const slotId = granted.outcome === 'granted' ? granted.slotId : ''
    expect(await slots.list(wanted.accountId)).toEqual([
      {
        slotId,
        holder: {
          channel: 'channel-1',
          node: 'node-1',
          incarnation: incarnation.id,
          state: 'opening',
          since: expect.any(Number),
        },
      },
    ])
    expect(slots.held()).toEqual([{ ...wanted, slotId, state: 'opening' }])
  })

  test('a lease that has ended makes room, and leaves no holder behind', async () => {
    const wanted = request(1)
    const dead = await fixture.startEdge({ timing: { leaseMs: 1, quarantineMs: 0 } })
    await dead.slots.acquire(wanted)
    const { slots } = await fixture.startEdge()
    await sleep(5)
    expect((await slots.acquire(wanted)).outcome).toBe('granted')
    expect(await fixture.redis.hlen(fixture.keys.accountSlotHolders(wanted.accountId))).toBe(1)
  })
})

/** Losses as they are reported. */
function listen(slots: Slots): Array<[string[], SlotLossReason]> {
  const losses: Array<[string[], SlotLossReason]> = []
  slots.onLost((...loss) => losses.push(loss))
  return losses
}

const take = async (slots: Slots, wanted: SlotRequest): Promise<string> => {
  const answer = await slots.acquire(wanted)
  if (answer.outcome !== 'granted') throw new Error(`not granted but ${answer.outcome}`)
  return answer.slotId
}

describe('renewal', () => {
  test('renews held slots; a slot that is gone is lost and never recreated', async () => {
    const { slots, heartbeat } = await fixture.startEdge()
    const losses = listen(slots)
    const wanted = request(2)
    const [first, second] = [await take(slots, wanted), await take(slots, wanted)]
    const key = fixture.keys.accountSlots(wanted.accountId)
    await heartbeat.beat()
    await fixture.redis.zrem(key, first)
    const before = Number(await fixture.redis.zscore(key, second))
    await sleep(5)
    await heartbeat.beat()
    expect(losses).toEqual([[[first], 'missing']])
    expect(Number(await fixture.redis.zscore(key, second))).toBeGreaterThan(before)
    expect(await fixture.redis.zrange(key, '0', '-1')).toEqual([second])
    expect(slots.held().map(({ slotId }) => slotId)).toEqual([second])
  })

  test('a slot whose lease has ended is lost although its record is still there', async () => {
    const { slots, heartbeat } = await fixture.startEdge()
    const losses = listen(slots)
    const wanted = request(1)
    const slotId = await take(slots, wanted)
    await fixture.redis.zadd(fixture.keys.accountSlots(wanted.accountId), Date.now() - 1, slotId)
    await heartbeat.beat()
    expect(losses).toEqual([[[slotId], 'missing']])
  })

  test('a slot that another incarnation now holds is lost', async () => {
    const { slots, heartbeat } = await fixture.startEdge()
    const losses = listen(slots)
    const wanted = request(1)
    const slotId = await take(slots, wanted)
    const holder = JSON.stringify({ channel: 'c', node: 'n', incarnation: 'a stranger', since: 1 })
    await fixture.redis.hset(fixture.keys.accountSlotHolders(wanted.accountId), slotId, holder)
    await heartbeat.beat()
    expect(losses).toEqual([[[slotId], 'taken']])
    expect(await slots.release(slotId)).toEqual({ outcome: 'released' })
    expect(await fixture.redis.zcard(fixture.keys.accountSlots(wanted.accountId))).toBe(1)
  })

  test('a broken key affects only its own account', async () => {
    const { slots, heartbeat } = await fixture.startEdge()
    const losses = listen(slots)
    const [good, bad] = [request(1), request(1)]
    await slots.acquire(good)
    await slots.acquire(bad)
    await fixture.redis.set(fixture.keys.accountSlots(bad.accountId), 'no sorted set')
    const score = () => fixture.redis.zscore(fixture.keys.accountSlots(good.accountId), slots.held()[0]!.slotId)
    const before = Number(await score())
    await sleep(5)
    await heartbeat.beat()
    expect(Number(await score())).toBeGreaterThan(before)
    expect(losses).toEqual([])
    expect(slots.held()).toHaveLength(2)
  })

  test('writes the state of the connection, for people', async () => {
    const { slots, heartbeat } = await fixture.startEdge()
    const wanted = request(1)
    const slotId = await take(slots, { ...wanted, term: 1_700_000_000_123 })
    const holder = async () => (await slots.list(wanted.accountId))[0]?.holder
    expect(await holder()).toMatchObject({ state: 'opening', term: 1_700_000_000_123 })
    slots.mark(slotId, 'active')
    await heartbeat.beat()
    expect(await holder()).toMatchObject({ state: 'active', term: 1_700_000_000_123 })
  })
})

describe('deadline', () => {
  test('gives up at once; Redis learns so when the connection is closed', async () => {
    let nowMs = 0
    const { slots, heartbeat } = await fixture.startEdge({ monotonicMs: () => nowMs, wallMs: () => nowMs })
    const losses = listen(slots)
    const wanted = request(1)
    const slotId = await take(slots, wanted)
    nowMs = 2499
    expect(slots.standing(slotId)).toBe('held')
    slots.abandonExpired()
    expect(losses).toEqual([])
    nowMs = 2500
    expect(slots.standing(slotId)).not.toBe('held')
    slots.abandonExpired()
    expect(losses).toEqual([[[slotId], 'deadline']])
    expect(slots.held()).toEqual([])
    await heartbeat.beat()
    expect(await fixture.redis.zcard(fixture.keys.accountSlots(wanted.accountId))).toBe(1)
    await slots.release(slotId)
    expect(await fixture.redis.exists(fixture.keys.accountSlots(wanted.accountId))).toBe(0)
  })

  test('a renewal counts from before it was sent', async () => {
    let nowMs = 0
    const { slots, heartbeat } = await fixture.startEdge({ monotonicMs: () => nowMs, wallMs: () => nowMs })
    const slotId = await take(slots, request(1))
    nowMs = 1000
    const beat = heartbeat.beat()
    nowMs = 2000
    await beat
    nowMs = 3499
    expect(slots.standing(slotId)).toBe('held')
    nowMs = 3500
    expect(slots.standing(slotId)).not.toBe('held')
  })
})

describe('release', () => {
  test('leaves no key behind, and is harmless twice', async () => {
    const { slots } = await fixture.startEdge()
    const wanted = request(1)
    const granted = await slots.acquire(wanted)
    if (granted.outcome !== 'granted') throw new Error('not granted')
    expect(await slots.release(granted.slotId)).toEqual({ outcome: 'released' })
    expect(await slots.release(granted.slotId)).toEqual({ outcome: 'released' })
    const { keys, redis } = fixture
    expect(await redis.exists(keys.accountSlots(wanted.accountId), keys.accountSlotHolders(wanted.accountId))).toBe(0)
  })

  test('a provider that counts late: the slot stays taken for the cool-down, even if the answer was lost', async () => {
    const { slots, redis, heartbeat } = await fixture.startEdge()
    const wanted = request(1)
    const slotId = await take(slots, wanted)
    const key = fixture.keys.accountSlots(wanted.accountId)
    const evalsha = redis.evalsha.bind(redis) as (...args: unknown[]) => Promise<unknown>
    const loseAnswer = async (...args: unknown[]) => {
      await evalsha(...args)
      throw new Error('Command timed out')
    }
    const text = redis.eval.bind(redis)
    const loseText = async (...args: unknown[]) => {
      await (text as typeof evalsha)(...args)
      throw new Error('Command timed out')
    }
    Object.assign(redis, { evalsha: loseAnswer, eval: loseText })
    expect(await slots.release(slotId, 4_000)).toEqual({ outcome: 'postponed' })
    Object.assign(redis, { evalsha, eval: text })
    const until = Number(await fixture.redis.zscore(key, slotId))
    expect((await slots.list(wanted.accountId))[0]?.holder).toMatchObject({ state: 'cooling' })
    expect((await slots.acquire(wanted)).outcome).toBe('full')
    await sleep(20)
    // Repeated by the beat: the cool-down does not start anew.
    await heartbeat.beat()
    expect(Number(await fixture.redis.zscore(key, slotId))).toBe(until)
    await eventually('it is free', async () => (await slots.acquire(wanted)).outcome === 'granted')
  })
})

describe('foreign content', () => {
  test('a score from the far future is capped to one lease', async () => {
    const wanted = request(1)
    const key = fixture.keys.accountSlots(wanted.accountId)
    await fixture.redis.zadd(key, Date.UTC(3000, 0), 'foreign')
    const { slots } = await fixture.startEdge()
    expect((await slots.acquire(wanted)).outcome).toBe('full')
    expect(Number(await fixture.redis.zscore(key, 'foreign'))).toBeLessThan(Date.now() + 60_000)
    expect(await slots.list(wanted.accountId)).toEqual([{ slotId: 'foreign', holder: undefined }])
  })

  test('unreadable holders count as nobody', async () => {
    const wanted = request(2)
    const { accountSlots, accountSlotHolders } = fixture.keys
    await fixture.redis.zadd(accountSlots(wanted.accountId), Date.now() + 10_000, 'a', Date.now() + 10_000, 'b')
    await fixture.redis.hset(accountSlotHolders(wanted.accountId), 'a', '{"__proto__":1', 'b', '[]')
    const { slots } = await fixture.startEdge()
    expect((await slots.acquire(wanted)).outcome).toBe('full')
  })

  test('a key of another type is an error, not a slot', async () => {
    const wanted = request(1)
    await fixture.redis.set(fixture.keys.accountSlots(wanted.accountId), 'text')
    const { slots } = await fixture.startEdge()
    await expect(slots.acquire(wanted)).rejects.toThrow('WRONGTYPE')
    expect(slots.held()).toEqual([])
  })

  test('survives SCRIPT FLUSH', async () => {
    const { slots, heartbeat } = await fixture.startEdge()
    const losses = listen(slots)
    await fixture.redis.script('FLUSH')
    expect((await slots.acquire(request(1))).outcome).toBe('granted')
    await fixture.redis.script('FLUSH')
    await heartbeat.beat()
    expect(losses).toEqual([])
    const { slotId } = slots.held()[0]!
    expect(slots.standing(slotId)).toBe('held')
  })
})
