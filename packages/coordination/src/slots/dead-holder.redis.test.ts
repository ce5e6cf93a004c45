import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { eventually } from '@kptv/testkit'
import { keepBeating } from '../../test-support/edge.ts'
import { startFixture, testOnOwnServer } from '../../test-support/redis-fixture.ts'

// Starts processes and servers: the time limit is only there to end a hang.
jest.setTimeout(120_000)

let fixture: Awaited<ReturnType<typeof startFixture>>
beforeAll(async () => {
  fixture = await startFixture({ isPrivate: true })
})
afterAll(() => fixture[Symbol.asyncDispose]())

const request = (accountId: string) => ({ accountId, limit: 1, channelId: 'c' })

test('kill -9 of a holder frees its slot at once; a frozen holder keeps it', async () => {
  await using holder = await fixture.startHolder('c0', 's0')
  const { slots } = await fixture.startEdge()
  holder.pause()
  await sleep(1200)
  expect((await slots.acquire(request('s0'))).outcome).toBe('full')
  holder.resume()
  holder.kill('SIGKILL')
  await holder.waitForExit()
  const freed = async () => (await slots.acquire(request('s0'))).outcome === 'granted'
  await eventually('its slot is free', freed, { deadlineMs: 17_000 })
})

test('the slot of a process that is gone is freed at once, long before its lease ends', async () => {
  const dead = await fixture.startEdge()
  await dead.slots.acquire(request('s1'))
  dead.subscriber.disconnect()
  const { slots } = await fixture.startEdge()
  // Many ask at once: one check, one grant.
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => slots.acquire(request('s1'))))
  expect(outcomes.filter(({ outcome }) => outcome === 'granted')).toHaveLength(1)
})

test('a tombstone frees a slot however fresh it is, even if the process still seems alive', async () => {
  const dead = await fixture.startEdge()
  await dead.slots.acquire(request('s9'))
  await dead.heartbeat.beat()
  const { slots, tombstones } = await fixture.startEdge()
  await tombstones.write(dead.incarnation.id, 'signal SIGKILL')
  expect((await slots.acquire(request('s9'))).outcome).toBe('granted')
})

test('a cooling slot cools down undisturbed, even when its holder is dead', async () => {
  const dead = await fixture.startEdge()
  const granted = await dead.slots.acquire(request('s10'))
  await dead.slots.release(granted.outcome === 'granted' ? granted.slotId : '', 60_000)
  const { slots, tombstones } = await fixture.startEdge()
  await tombstones.write(dead.incarnation.id, 'exit 0')
  expect((await slots.acquire(request('s10'))).outcome).toBe('full')
})

test('a living holder keeps its slot, even while its liveness watch is reconnecting', async () => {
  const alive = await fixture.startEdge()
  await alive.slots.acquire(request('s2'))
  // It renews much more often, even when this process has to wait.
  const other = await fixture.startEdge({ timing: { proofAgeMs: 4_000 } })
  expect((await other.slots.acquire(request('s2'))).outcome).toBe('full')
  alive.subscriber.disconnect()
  using _ = keepBeating(alive)
  expect((await other.slots.acquire(request('s2'))).outcome).toBe('full')
  await alive.heartbeat.beat()
  expect(alive.slots.held()).toHaveLength(1)
})

testOnOwnServer('while Redis is away nothing is granted; a release is repeated later', async () => {
  const { slots, redis, heartbeat } = await fixture.startEdge()
  const granted = await slots.acquire(request('s6'))
  await fixture.server.killHard()
  await expect(slots.acquire(request('s7'))).rejects.toThrow()
  expect(await slots.release(granted.outcome === 'granted' ? granted.slotId : '')).toEqual({ outcome: 'postponed' })
  await fixture.server.restart()
  await eventually('the edge is connected again', () => redis.status === 'ready')
  await heartbeat.beat()
  expect(slots.held()).toEqual([])
  expect(await redis.keys('*slots*')).toEqual([])
})

testOnOwnServer('a slot whose grant was lost on the way is given back', async () => {
  await using edge = await fixture.startEdge({ timing: { commandMs: 300 } })
  const { slots, heartbeat } = edge
  // Redis must know the script, or the late command would fail instead of taking the slot.
  await slots.acquire(request('s8-before'))
  await heartbeat.beat()
  const isTaken = () => fixture.redis.zcard(fixture.keys.accountSlots('s8'))
  // The warm-up is checked first; the server stops between that and the grant.
  const evalsha = edge.redis.evalsha.bind(edge.redis) as (...args: unknown[]) => Promise<unknown>
  Object.assign(edge.redis, {
    evalsha: (...args: unknown[]) => {
      if (args[1] === 2) fixture.server.pause()
      return evalsha(...args)
    },
  })
  await expect(slots.acquire(request('s8'))).rejects.toThrow('Command timed out')
  fixture.server.resume()
  expect(slots.held().map(({ accountId }) => accountId)).toEqual(['s8-before'])
  // The late command was carried out all the same.
  await eventually('the slot is taken', isTaken)
  await heartbeat.beat()
  expect(await isTaken()).toBe(0)
})
