import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { startBench } from '../../test-support/redis-bench.ts'

// Processes and servers are started: only a hang shall end a test.
jest.setTimeout(120_000)

let bench: Awaited<ReturnType<typeof startBench>>
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench[Symbol.asyncDispose]())

let sources = 0
/** A source of its own for each test. */
const request = (limit: number) => {
  sources += 1
  return { sourceId: `s${sources}-abc`, limit, channelId: 'channel-1' }
}

describe('acquire', () => {
  test.each([1, 3, 7])('200 requests at once from 4 nodes, limit %i: exactly so many are granted', async (limit) => {
    const wanted = request(limit)
    const edges = await Promise.all([1, 2, 3, 4].map(() => bench.startEdge()))
    const outcomes = await Promise.all(Array.from({ length: 200 }, (_, i) => edges[i % 4]!.slots.acquire(wanted)))
    expect(outcomes.filter(({ outcome }) => outcome === 'granted')).toHaveLength(limit)
    expect(await bench.redis.zcard(bench.keys.sourceSlots(wanted.sourceId))).toBe(limit)
    const full = outcomes.find((answer) => answer.outcome === 'full')
    expect(full?.outcome === 'full' && full.retryAfterMs).toBeGreaterThan(15_000)
  })

  test('an unlimited source always grants', async () => {
    const { slots } = await bench.startEdge()
    const wanted = request(Number.POSITIVE_INFINITY)
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => slots.acquire(wanted)))
    expect(outcomes.every(({ outcome }) => outcome === 'granted')).toBe(true)
  })

  test.each([0, -1, Number.NaN])('limit %p is a mistake of the caller', async (limit) => {
    const { slots } = await bench.startEdge()
    await expect(slots.acquire({ sourceId: 's', limit, channelId: 'c' })).rejects.toThrow(RangeError)
  })

  test('says who holds what, readable by people', async () => {
    const { slots, incarnation } = await bench.startEdge()
    const wanted = request(2)
    const granted = await slots.acquire(wanted)
    const slotId = granted.outcome === 'granted' ? granted.slotId : ''
    expect(await slots.list(wanted.sourceId)).toEqual([
      { slotId, holder: { channel: 'channel-1', node: 'node-1', incarnation, since: expect.any(Number) } },
    ])
    expect(slots.held()).toEqual([{ ...wanted, slotId }])
  })

  test('a lease that has ended makes room, and leaves no holder behind', async () => {
    const wanted = request(1)
    const dead = await bench.startEdge({ leaseMs: 1 })
    await dead.slots.acquire(wanted)
    const { slots } = await bench.startEdge()
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect((await slots.acquire(wanted)).outcome).toBe('granted')
    expect(await bench.redis.hlen(bench.keys.sourceSlotHolders(wanted.sourceId))).toBe(1)
  })
})

describe('renewAll', () => {
  test('extends what is held; what is gone is lost and never added again', async () => {
    const { slots } = await bench.startEdge()
    const wanted = request(2)
    const [first, second] = [await slots.acquire(wanted), await slots.acquire(wanted)]
    if (first.outcome !== 'granted' || second.outcome !== 'granted') throw new Error('not granted')
    const key = bench.keys.sourceSlots(wanted.sourceId)
    await bench.redis.zrem(key, first.slotId)
    const before = Number(await bench.redis.zscore(key, second.slotId))
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await slots.renewAll()).toEqual({ lost: [first.slotId], failures: [] })
    expect(Number(await bench.redis.zscore(key, second.slotId))).toBeGreaterThan(before)
    expect(await bench.redis.zrange(key, '0', '-1')).toEqual([second.slotId])
    expect(slots.held().map(({ slotId }) => slotId)).toEqual([second.slotId])
  })

  test('a slot that another incarnation holds now is lost', async () => {
    const { slots } = await bench.startEdge()
    const wanted = request(1)
    const granted = await slots.acquire(wanted)
    if (granted.outcome !== 'granted') throw new Error('not granted')
    const holder = JSON.stringify({ channel: 'c', node: 'n', incarnation: 'somebody else', since: 1 })
    await bench.redis.hset(bench.keys.sourceSlotHolders(wanted.sourceId), granted.slotId, holder)
    expect((await slots.renewAll()).lost).toEqual([granted.slotId])
    expect(await slots.release(granted.slotId)).toEqual({ outcome: 'released' })
    expect(await bench.redis.zcard(bench.keys.sourceSlots(wanted.sourceId))).toBe(1)
  })

  test('a broken key hurts its own source only', async () => {
    const { slots } = await bench.startEdge()
    const [good, bad] = [request(1), request(1)]
    await slots.acquire(good)
    await slots.acquire(bad)
    await bench.redis.set(bench.keys.sourceSlots(bad.sourceId), 'no sorted set')
    const { lost, failures } = await slots.renewAll()
    expect(lost).toEqual([])
    expect(failures).toHaveLength(1)
    expect(slots.held()).toHaveLength(2)
  })

  test('abandonOlderThan gives up at once; Redis is told when the connection is closed', async () => {
    let nowMs = 0
    const { slots } = await bench.startEdge({ monotonicMs: () => nowMs })
    const wanted = request(1)
    const granted = await slots.acquire(wanted)
    if (granted.outcome !== 'granted') throw new Error('not granted')
    nowMs = 14_999
    expect(slots.abandonOlderThan(15_000)).toEqual([])
    nowMs = 15_000
    expect(slots.abandonOlderThan(15_000)).toEqual([granted.slotId])
    expect(slots.held()).toEqual([])
    await slots.renewAll()
    expect(await bench.redis.zcard(bench.keys.sourceSlots(wanted.sourceId))).toBe(1)
    await slots.release(granted.slotId)
    expect(await bench.redis.exists(bench.keys.sourceSlots(wanted.sourceId))).toBe(0)
  })

  test('a renewal counts from before it was sent', async () => {
    let nowMs = 0
    const { slots } = await bench.startEdge({ monotonicMs: () => nowMs })
    await slots.acquire(request(1))
    nowMs = 1000
    const renewal = slots.renewAll()
    nowMs = 5000
    await renewal
    expect(slots.abandonOlderThan(4001)).toEqual([])
    expect(slots.abandonOlderThan(4000)).toHaveLength(1)
  })
})

describe('release', () => {
  test('leaves no key behind, and is harmless twice', async () => {
    const { slots } = await bench.startEdge()
    const wanted = request(1)
    const granted = await slots.acquire(wanted)
    if (granted.outcome !== 'granted') throw new Error('not granted')
    expect(await slots.release(granted.slotId)).toEqual({ outcome: 'released' })
    expect(await slots.release(granted.slotId)).toEqual({ outcome: 'released' })
    const { keys, redis } = bench
    expect(await redis.exists(keys.sourceSlots(wanted.sourceId), keys.sourceSlotHolders(wanted.sourceId))).toBe(0)
  })
})

describe('foreign content', () => {
  test('a score from the far future is capped to one lease', async () => {
    const wanted = request(1)
    const key = bench.keys.sourceSlots(wanted.sourceId)
    await bench.redis.zadd(key, Date.UTC(3000, 0), 'foreign')
    const { slots } = await bench.startEdge()
    expect((await slots.acquire(wanted)).outcome).toBe('full')
    expect(Number(await bench.redis.zscore(key, 'foreign'))).toBeLessThan(Date.now() + 60_000)
    expect(await slots.list(wanted.sourceId)).toEqual([{ slotId: 'foreign', holder: undefined }])
  })

  test('unreadable holders are nobody', async () => {
    const wanted = request(2)
    const { sourceSlots, sourceSlotHolders } = bench.keys
    await bench.redis.zadd(sourceSlots(wanted.sourceId), Date.now() + 10_000, 'a', Date.now() + 10_000, 'b')
    await bench.redis.hset(sourceSlotHolders(wanted.sourceId), 'a', '{"__proto__":1', 'b', '[]')
    const { slots } = await bench.startEdge()
    expect((await slots.acquire(wanted)).outcome).toBe('full')
  })

  test('a key of another type is an error, not a slot', async () => {
    const wanted = request(1)
    await bench.redis.set(bench.keys.sourceSlots(wanted.sourceId), 'text')
    const { slots } = await bench.startEdge()
    await expect(slots.acquire(wanted)).rejects.toThrow('WRONGTYPE')
    expect(slots.held()).toEqual([])
  })

  test('SCRIPT FLUSH does not hurt', async () => {
    const { slots } = await bench.startEdge()
    await bench.redis.script('FLUSH')
    expect((await slots.acquire(request(1))).outcome).toBe('granted')
    await bench.redis.script('FLUSH')
    expect(await slots.renewAll()).toEqual({ lost: [], failures: [] })
  })
})
