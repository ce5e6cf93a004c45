import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { eventually, startProcess } from '@kptv/testkit'
import { startBench } from '../../test-support/redis-bench.ts'

// Processes and servers are started: only a hang shall end a test.
jest.setTimeout(120_000)

let bench: Awaited<ReturnType<typeof startBench>>
beforeAll(async () => {
  bench = await startBench({ isPrivate: true })
})
afterAll(() => bench[Symbol.asyncDispose]())

const request = (sourceId: string) => ({ sourceId, limit: 1, channelId: 'c' })

test('kill -9 of a holder frees its slot at once; a frozen holder keeps it', async () => {
  const file = new URL('../../test-support/hold-slot.ts', import.meta.url)
  const { url, keyPrefix } = bench.server
  await using holder = await startProcess({ file, arguments: [url, keyPrefix, 's0'] })
  await holder.waitForLine('granted')
  const { slots } = await bench.startEdge()
  holder.pause()
  await new Promise((resolve) => setTimeout(resolve, 1200))
  expect((await slots.acquire(request('s0'))).outcome).toBe('full')
  holder.resume()
  holder.kill('SIGKILL')
  await holder.waitForExit()
  await eventually('its slot is free', async () => (await slots.acquire(request('s0'))).outcome === 'granted', {
    deadlineMs: 10_000,
  })
})

test('the slot of a process that is gone comes free at once, long before its lease ends', async () => {
  const dead = await bench.startEdge()
  await dead.slots.acquire(request('s1'))
  dead.subscriber.disconnect()
  const { slots } = await bench.startEdge()
  // Asked by many at once: one check, one grant.
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => slots.acquire(request('s1'))))
  expect(outcomes.filter(({ outcome }) => outcome === 'granted')).toHaveLength(1)
})

test('a living holder keeps its slot, also while its death watch is reconnecting', async () => {
  const alive = await bench.startEdge()
  await alive.slots.acquire(request('s2'))
  const other = await bench.startEdge()
  expect((await other.slots.acquire(request('s2'))).outcome).toBe('full')
  alive.subscriber.disconnect()
  const renewing = setInterval(() => void alive.slots.renewAll(), 100)
  expect((await other.slots.acquire(request('s2'))).outcome).toBe('full')
  clearInterval(renewing)
  expect((await alive.slots.renewAll()).lost).toEqual([])
})

test('after Redis came back empty a holder takes its slot again, within the limit', async () => {
  const [first, second] = [await bench.startEdge(), await bench.startEdge()]
  await first.slots.acquire(request('s3'))
  const taken = await first.slots.acquire(request('s4'))
  await bench.server.restart()
  await eventually(
    'both edges are connected again',
    () => first.redis.status === 'ready' && second.redis.status === 'ready',
  )
  // Somebody was faster at source 4; nobody was at source 3.
  expect((await second.slots.acquire(request('s4'))).outcome).toBe('granted')
  expect(await first.slots.renewAll()).toEqual({
    lost: [taken.outcome === 'granted' && taken.slotId],
    failures: [],
  })
  expect((await second.slots.acquire(request('s3'))).outcome).toBe('full')
})

test('a flush is no restart: what is gone is lost', async () => {
  const { slots, redis } = await bench.startEdge()
  const granted = await slots.acquire(request('s5'))
  await redis.flushdb()
  expect((await slots.renewAll()).lost).toEqual([granted.outcome === 'granted' && granted.slotId])
})

test('with Redis away: nothing is granted, a release is repeated later', async () => {
  const { slots, redis } = await bench.startEdge()
  const granted = await slots.acquire(request('s6'))
  await bench.server.killHard()
  await expect(slots.acquire(request('s7'))).rejects.toThrow()
  expect((await slots.renewAll()).failures).toHaveLength(1)
  expect(await slots.release(granted.outcome === 'granted' ? granted.slotId : '')).toEqual({ outcome: 'postponed' })
  await bench.server.restart()
  await eventually('the edge is connected again', () => redis.status === 'ready')
  expect(await slots.renewAll()).toEqual({ lost: [], failures: [] })
  expect(await redis.dbsize()).toBe(0)
})

test('a slot whose grant got lost on the way is given back', async () => {
  const { slots, redis } = await bench.startEdge()
  // Redis must know the script, or the late command would fail instead of taking the slot.
  await slots.acquire(request('s8-before'))
  bench.server.pause()
  await expect(slots.acquire(request('s8'))).rejects.toThrow('Command timed out')
  bench.server.resume()
  expect(slots.held().map(({ sourceId }) => sourceId)).toEqual(['s8-before'])
  // The late command was carried out all the same.
  await eventually('the slot is taken', () => redis.zcard(bench.keys.sourceSlots('s8')))
  await slots.renewAll()
  expect(await redis.exists(bench.keys.sourceSlots('s8'))).toBe(0)
})
