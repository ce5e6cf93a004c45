import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { keepBeating } from '../../test-support/edge.ts'
import { startFixture } from '../../test-support/redis-fixture.ts'

jest.setTimeout(120_000)

let fixture: Awaited<ReturnType<typeof startFixture>>
beforeAll(async () => {
  fixture = await startFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())

const accountIds = ['s1', 's2']
const accounts = accountIds.map((accountId) => ({ accountId, limit: 9 }))
const startEdge = () => fixture.startEdge({ accounts: () => accounts })
const slotCount = async () => {
  const counts = await Promise.all(accountIds.map((id) => fixture.redis.zcard(fixture.keys.accountSlots(id))))
  return counts.reduce((sum, count) => sum + count, 0)
}

test('clears slots and leads of tombstoned and gone processes, not those of living ones', async () => {
  const [buried, gone, alive, edge] = await Promise.all([startEdge(), startEdge(), startEdge(), startEdge()])
  // Its lead must not end before all is prepared.
  const beating = keepBeating(buried)
  for (const [number, holder] of [buried, gone, alive].entries()) {
    await holder.leadership.claim({ channelId: `c${number}` })
    await holder.slots.acquire({ accountId: 's1', limit: 9, channelId: `c${number}` })
    await holder.slots.acquire({ accountId: 's2', limit: 9, channelId: `c${number}` })
  }
  using _ = keepBeating(alive)
  beating[Symbol.dispose]()
  await buried.heartbeat.beat()
  await edge.tombstones.write(buried.incarnation.id, 'exit 1')
  gone.subscriber.disconnect()
  const answers = await Promise.all([edge.reconcile.run(), alive.reconcile.run()])
  // One run at a time does it for everyone.
  expect(answers.filter((counts) => counts !== undefined)).toEqual([{ slotsFreed: 4, leadsEnded: 1, slotsRevoked: 0 }])
  expect(await slotCount()).toBe(2)
  expect(await edge.leadership.read('c0')).toBeUndefined()
  expect(await edge.leadership.read('c2')).toMatchObject({ incarnation: alive.incarnation.id })
  expect(alive.slots.held()).toHaveLength(2)
  await fixture.redis.del(fixture.keys.reconcileLock)
})

test('touches nothing while Redis is cold: nobody has had time to return', async () => {
  const edge = await fixture.startEdge({ accounts: () => accounts, timing: { warmUpMs: 60_000 } })
  const before = await slotCount()
  expect(await edge.reconcile.run()).toBeUndefined()
  expect(await slotCount()).toBe(before)
  expect(await fixture.redis.exists(fixture.keys.reconcileLock)).toBe(0)
})

test('continues despite foreign content', async () => {
  const edge = await startEdge()
  await fixture.redis.hset(fixture.keys.accountSlotHolders('s1'), 'x', 'no record', 'y', '[]')
  expect(await edge.reconcile.run()).toEqual({ slotsFreed: 0, leadsEnded: 0, slotsRevoked: 0 })
})
