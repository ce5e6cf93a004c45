import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { eventually } from '@kptv/testkit'
import type { Edge } from '../../test-support/edge.ts'
import { startFixture } from '../../test-support/redis-fixture.ts'

// Starts servers: the time limit is only there to end a hang.
jest.setTimeout(120_000)

let fixture: Awaited<ReturnType<typeof startFixture>>
let one: Edge
let other: Edge
beforeAll(async () => {
  fixture = await startFixture()
  one = await fixture.startEdge({ nodeId: 'edge-1' })
  other = await fixture.startEdge({ nodeId: 'edge-2' })
})
afterAll(() => fixture[Symbol.asyncDispose]())

let number = 0
const newAccount = (limit: number) => ({ accountId: `account-${++number}`, limit })

/** A shared channel in play on a node, whose viewers have this priority. */
async function play(edge: Edge, account: ReturnType<typeof newAccount>, channelId: string, priority: number) {
  edge.presence.set(channelId, 1, priority)
  const answer = await edge.slots.acquire({ ...account, channelId, term: 1, priority })
  if (answer.outcome !== 'granted') throw new Error(`the slot of ${channelId} is ${answer.outcome}`)
  const presence = await edge.presence.read(channelId)
  expect(presence.viewers).toBeGreaterThan(0)
  return answer.slotId
}

/** A session of another channel waits in the queue, and takes over what it may. */
async function claim(edge: Edge, account: ReturnType<typeof newAccount>, priority: number, name = 'wanted') {
  const waiter = { name, channelId: name, hasViewers: false, priority }
  await edge.accounts.queue(account, waiter)
  return (await edge.outranking.claim([account], waiter))?.slotId
}

async function lostBy(edge: Edge, act: () => Promise<unknown>): Promise<string[]> {
  const lost: string[] = []
  const stop = edge.slots.onLost((slotIds, reason) => lost.push(...slotIds.map((id) => `${id} ${reason}`)))
  await act()
  await edge.heartbeat.beat()
  stop()
  return lost
}

test('the lowest priority on any node loses its slot; its holder learns so at the next beat', async () => {
  const account = newAccount(3)
  await play(one, account, 'high', 9)
  const lowest = await play(other, account, 'low', 1)
  await play(one, account, 'middle', 4)
  const lost = await lostBy(other, async () => expect(await claim(one, account, 5)).toBe(lowest))
  expect(lost).toEqual([`${lowest} outranked`])
  // It is on its way: no second one ends for the same session.
  expect(await claim(one, account, 5)).toBeUndefined()
  await other.slots.release(lowest)
  expect(await one.accounts.mayRequest(account, { name: 'stranger', hasViewers: true })).toMatchObject({ may: false })
  expect(await one.accounts.mayRequest(account, { name: 'wanted', hasViewers: false, priority: 5 })).toEqual({
    may: true,
  })
})

test.each([[0], [4], [5]])('priority %d takes nothing from equal or higher ones', async (priority) => {
  const account = newAccount(1)
  await play(one, account, `holder-${priority}`, 5)
  expect(await claim(other, account, priority)).toBeUndefined()
})

test('a viewer on any node protects its channel, and only while it watches', async () => {
  const account = newAccount(1)
  const slotId = await play(one, account, 'seen', 0)
  other.presence.set('seen', 1, 8)
  await eventually('it counts', async () => (await one.presence.read('seen')).priority === 8)
  expect(await claim(one, account, 7)).toBeUndefined()
  other.presence.set('seen', 0, 0)
  await eventually('it has left', async () => (await one.presence.read('seen')).priority === 0)
  expect(await claim(one, account, 7)).toBe(slotId)
})

test('the script itself checks the priority that the holder has written', async () => {
  const account = newAccount(1)
  const slotId = await play(one, account, 'risen', 0)
  one.slots.rank(slotId, 6)
  await one.heartbeat.beat()
  // As if the decision were older than the rise.
  expect(await claim(other, account, 6)).toBeUndefined()
  one.presence.set('risen', 1, 6)
  expect(await claim(other, account, 6)).toBeUndefined()
  expect(await claim(other, account, 7)).toBe(slotId)
})

test('two waiting sessions end two connections, not one and not three', async () => {
  const account = newAccount(3)
  for (const channel of ['x', 'y', 'z']) await play(one, account, channel, 0)
  const waiters = ['first', 'second']
  for (const name of waiters) await one.accounts.queue(account, { name, hasViewers: false, priority: 2 })
  for (let turn = 0; turn < 4; turn += 1) await Promise.all(waiters.map((name) => claim(other, account, 2, name)))
  const ended = (await one.slots.list(account.accountId)).filter(({ holder }) => holder?.state === 'revoked')
  expect(ended).toHaveLength(2)
})

test('a free slot is taken instead, and no connection ends', async () => {
  const account = newAccount(2)
  await play(one, account, 'alone', 0)
  expect(await claim(other, account, 9)).toBeUndefined()
})

test('a session that has gained a priority keeps its age in the queue, and is queued once', async () => {
  const account = newAccount(1)
  const queue = (name: string, priority: number) => one.accounts.queue(account, { name, hasViewers: false, priority })
  await queue('old', 0)
  // The queue orders by milliseconds.
  await sleep(3)
  await queue('new', 3)
  await queue('old', 3)
  const tickets = await fixture.redis.zrange(fixture.keys.accountWaiters(account.accountId), '0', '-1')
  expect(tickets.sort().map((ticket) => ticket.replace(/-\d{13}-/, ' '))).toEqual(['0971 old', '0971 new'])
})
