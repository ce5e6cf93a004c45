import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { startFixture } from '../../test-support/redis-fixture.ts'
import type { ConfirmLeft, SlotRef } from '../liveness/evidence.ts'
import { slotLeaseMs } from '../timing.ts'
import { dropLeftSlot, findSilentSlots } from './slot-scripts.ts'
import type { Slots } from './slots.ts'

jest.setTimeout(120_000)

let fixture: Awaited<ReturnType<typeof startFixture>>
beforeAll(async () => {
  fixture = await startFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())

let accounts = 0
const newRequest = () => {
  accounts += 1
  return { accountId: `left-${accounts}`, limit: 1, channelId: 'c1' }
}
const slotIdOf = (answer: Awaited<ReturnType<Slots['acquire']>>): string => {
  if (answer.outcome !== 'granted') throw new Error(answer.outcome)
  return answer.slotId
}
/** As if it had not been renewed for this long. */
async function age(accountId: string, slotId: string, ms: number): Promise<void> {
  await fixture.redis.zincrby(fixture.keys.accountSlots(accountId), -ms, slotId)
}
const keysOf = (accountId: string) => [fixture.keys.accountSlots(accountId), fixture.keys.accountSlotHolders(accountId)]

test('takes a slot at once if its holder has left it; leaves one that is held, or about which nobody answers', async () => {
  const holder = await fixture.startEdge({ nodeId: 'holder' })
  const asked: SlotRef[] = []
  let answers = false
  const confirmLeft: ConfirmLeft = async (question) => {
    asked.push(question)
    return answers && holder.slots.hasLeft(question)
  }
  const other = await fixture.startEdge({ confirmLeft })
  const request = newRequest()
  const slotId = slotIdOf(await holder.slots.acquire(request))
  // Renewed a moment ago: its holder is not asked.
  expect((await other.slots.acquire(request)).outcome).toBe('full')
  expect(asked).toEqual([])
  await age(request.accountId, slotId, 3000)
  expect((await other.slots.acquire(request)).outcome).toBe('full')
  const { accountId, channelId } = request
  expect(asked).toEqual([{ incarnation: holder.incarnation.id, slotId, accountId, channelId }])
  answers = true
  expect((await other.slots.acquire(request)).outcome).toBe('full')
  holder.slots.abandonAll()
  // Its connection may still be closing.
  expect((await other.slots.acquire(request)).outcome).toBe('full')
  holder.redis.disconnect()
  expect((await holder.slots.release(slotId)).outcome).toBe('postponed')
  expect((await other.slots.acquire(request)).outcome).toBe('granted')
  expect(await fixture.redis.zcard(fixture.keys.accountSlots(accountId))).toBe(1)
})

test('reconciling asks too', async () => {
  const holder = await fixture.startEdge()
  const request = newRequest()
  const { accountId } = request
  const other = await fixture.startEdge({
    accounts: () => [{ accountId: accountId, limit: 1 }],
    confirmLeft: async () => true,
  })
  await age(accountId, slotIdOf(await holder.slots.acquire(request)), 3000)
  await fixture.redis.del(fixture.keys.reconcileLock)
  expect(await other.reconcile.run()).toEqual({ slotsFreed: 1, leadsEnded: 0, slotsRevoked: 0 })
})

test('many sessions waiting for a slot cause one request at a time', async () => {
  const holder = await fixture.startEdge()
  let asked = 0
  const confirmLeft: ConfirmLeft = async () => {
    asked += 1
    // Until all requests have arrived, even on a busy machine.
    await sleep(1_500)
    return false
  }
  const other = await fixture.startEdge({ confirmLeft })
  const request = newRequest()
  await age(request.accountId, slotIdOf(await holder.slots.acquire(request)), 3000)
  await Promise.all(Array.from({ length: 20 }, () => other.slots.acquire(request)))
  expect(asked).toBeLessThan(5)
})

test.each<[string, object]>([
  ['it is still asking for it', {}],
  ['it may be about to inherit it', { proof: { fromIncarnation: 'somebody', evidence: 'tombstone' } }],
])('%s: then it has not left it', async (_, proof) => {
  const ids: string[] = []
  const edge = await fixture.startEdge({ newSlotId: () => ids[ids.push(`id-${ids.length}`) - 1]! })
  const { accountId, channelId, limit } = newRequest()
  const asking = edge.slots.acquire({ accountId, channelId, limit, ...proof })
  expect(edge.slots.hasLeft({ slotId: ids[0] ?? 'unknown', accountId, channelId })).toBe(false)
  expect(edge.slots.hasLeft({ slotId: 'another', accountId: 'another', channelId })).toBe(true)
  await asking
})

test('a cooling slot does not count as left before its cool-down ends', async () => {
  let nowMs = 1000
  const edge = await fixture.startEdge({ monotonicMs: () => nowMs, wallMs: () => nowMs })
  const request = newRequest()
  const { accountId, channelId } = request
  const slotId = slotIdOf(await edge.slots.acquire(request))
  // The cool-down counts from the close, even while Redis is away.
  edge.redis.disconnect()
  expect((await edge.slots.release(slotId, 5000)).outcome).toBe('postponed')
  const slot = { slotId, accountId, channelId }
  expect(edge.slots.hasLeft(slot)).toBe(false)
  nowMs += 4999
  expect(edge.slots.hasLeft(slot)).toBe(false)
  nowMs += 1
  expect(edge.slots.hasLeft(slot)).toBe(true)
})

// The contracts of the scripts, clause by clause.

test('silent slots are those with a connection not renewed for a while; the search changes nothing', async () => {
  const edge = await fixture.startEdge()
  const { accountId } = newRequest()
  const ids: Record<string, string> = {}
  for (const name of ['fresh', 'silent', 'cooling', 'broken', 'ended']) {
    ids[name] = slotIdOf(await edge.slots.acquire({ accountId, limit: 9, channelId: name }))
  }
  await edge.slots.release(ids.cooling!, 60_000)
  await fixture.redis.hset(fixture.keys.accountSlotHolders(accountId), ids.broken!, '{')
  for (const [name, ms] of Object.entries({ silent: 2600, cooling: 58_000, broken: 3000, ended: 20_000 })) {
    await age(accountId, ids[name]!, ms)
  }
  const before = await fixture.redis.zrange(keysOf(accountId)[0]!, '0', '-1', 'WITHSCORES')
  const found = await findSilentSlots(edge.redis, keysOf(accountId), [slotLeaseMs(edge.timing), 2500])
  const endsAt = await fixture.redis.zscore(keysOf(accountId)[0]!, ids.silent!)
  expect(found).toMatchObject([{ slotId: ids.silent, endsAt, holder: { incarnation: edge.incarnation.id } }])
  expect(found).toHaveLength(1)
  expect(await fixture.redis.zrange(keysOf(accountId)[0]!, '0', '-1', 'WITHSCORES')).toEqual(before)
})

test('a left slot is freed only if unchanged since it was read', async () => {
  const edge = await fixture.startEdge()
  const { accountId } = newRequest()
  const take = async (channelId: string) => slotIdOf(await edge.slots.acquire({ accountId, limit: 9, channelId }))
  const slotId = await take('one')
  const [slots, holders] = keysOf(accountId) as [string, string]
  const mine = edge.incarnation.id
  const endsAt = (await fixture.redis.zscore(slots, slotId))!
  const drop = (of: string, at: string, id = slotId) => dropLeftSlot(edge.redis, [slots, holders], [id, of, at])

  expect(await drop('another', endsAt)).toBe(false)
  expect(await drop(mine, `${Number(endsAt) - 1}`)).toBe(false)
  expect(await drop(mine, endsAt, 'unknown')).toBe(false)
  await fixture.redis.zincrby(slots, 350, slotId)
  expect(await drop(mine, endsAt)).toBe(false)
  expect(await drop(mine, `${Number(endsAt) + 350}`)).toBe(true)
  expect([await fixture.redis.zcard(slots), await fixture.redis.hlen(holders)]).toEqual([0, 0])

  const cooling = await take('two')
  await edge.slots.release(cooling, 60_000)
  expect(await drop(mine, (await fixture.redis.zscore(slots, cooling))!, cooling)).toBe(false)
})
