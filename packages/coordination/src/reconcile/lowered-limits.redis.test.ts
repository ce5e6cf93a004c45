import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { eventually } from '@kptv/testkit'
import type { Edge } from '../../test-support/edge.ts'
import { startFixture } from '../../test-support/redis-fixture.ts'

// Starts servers: the time limit is only there to end a hang.
jest.setTimeout(120_000)

let fixture: Awaited<ReturnType<typeof startFixture>>
beforeAll(async () => {
  fixture = await startFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())

let number = 0

async function timeMs(): Promise<number> {
  const [seconds, microseconds] = await fixture.redis.time()
  return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000)
}

/**
 * An account with a slot and some viewers for each of these channels; two nodes take turns holding
 * them.
 */
async function startAccount(viewers: Readonly<Record<string, number>>) {
  number += 1
  const account = { accountId: `lowered-${number}`, limit: Object.keys(viewers).length }
  const accounts = () => [account]
  const edges = [await fixture.startEdge({ accounts }), await fixture.startEdge({ accounts, nodeId: 'node-2' })]
  const lost: string[] = []
  const slots = new Map<string, string>()
  for (const [index, [name, count]] of Object.entries(viewers).entries()) {
    const edge = edges[index % 2]!
    const channelId = `${name}-${number}`
    const answer = await edge.slots.acquire({ ...account, channelId })
    if (answer.outcome !== 'granted') throw new Error(answer.outcome)
    slots.set(answer.slotId, name)
    edge.presence.set(channelId, count)
    await eventually('viewers are counted', async () => (await edge.presence.totalViewers(channelId)) === count)
    const grantedAtMs = await timeMs()
    await eventually('the next slot is newer', async () => (await timeMs()) > grantedAtMs)
  }
  for (const { slots: held } of edges) {
    held.onLost((ids, reason) => lost.push(...ids.map((id) => `${slots.get(id)} ${reason}`)))
  }
  const reconcile = async (edge: Edge = edges[0]!) => {
    await fixture.redis.del(fixture.keys.reconcileLock)
    const counts = await edge.reconcile.run()
    for (const { heartbeat } of edges) await heartbeat.beat()
    return counts?.slotsRevoked
  }
  return { account, edges, lost, reconcile, slots }
}

test('revokes the channels with the fewest viewers, on whichever node they play', async () => {
  const { account, lost, reconcile } = await startAccount({ many: 9, few: 1, some: 4, none: 0 })
  expect(await reconcile()).toBe(0)
  account.limit = 2
  expect(await reconcile()).toBe(2)
  expect(lost.sort()).toEqual(['few revoked', 'none revoked'])
})

test('counts slots that are already being closed: revokes no more than needed, however often it checks', async () => {
  const { account, edges, lost, reconcile, slots } = await startAccount({ one: 3, two: 2, three: 1 })
  await reconcile()
  account.limit = 2
  expect(await reconcile()).toBe(1)
  expect(await reconcile()).toBe(0)
  expect(lost).toEqual(['three revoked'])
  // It stays taken until its connection has closed.
  const { accountId, limit } = account
  const request = { accountId, limit, channelId: 'new' }
  expect((await edges[0]!.slots.acquire(request)).outcome).toBe('full')
  const [slotId] = [...slots].find(([, name]) => name === 'three')!
  await edges[0]!.slots.release(slotId)
  expect(await reconcile()).toBe(0)
  expect(await fixture.redis.zcard(fixture.keys.accountSlots(accountId))).toBe(2)
})

test('revokes the newest among equals', async () => {
  const { account, lost, reconcile } = await startAccount({ first: 1, second: 1 })
  await reconcile()
  account.limit = 1
  await reconcile()
  expect(lost).toEqual(['second revoked'])
})

test('a node that has never seen a higher limit revokes nothing: another node may know more', async () => {
  const { account, edges, lost, reconcile } = await startAccount({ one: 1, two: 1 })
  account.limit = 1
  expect(await reconcile(edges[1])).toBe(0)
  expect(lost).toEqual([])
})

test('a raised limit revokes nothing', async () => {
  const { account, lost, reconcile } = await startAccount({ one: 1, two: 1 })
  await reconcile()
  account.limit = 5
  expect(await reconcile()).toBe(0)
  expect(lost).toEqual([])
})
