import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { keepBeating } from '../../test-support/edge.ts'
import { startBench } from '../../test-support/redis-bench.ts'
import type { Slots } from './slots.ts'

jest.setTimeout(120_000)

let bench: Awaited<ReturnType<typeof startBench>>
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench[Symbol.asyncDispose]())

let accounts = 0
/** An account of its own for each test, that allows one connection. */
const newRequest = (limit = 1) => {
  accounts += 1
  return { accountId: `s${accounts}`, limit, channelId: 'channel-1' }
}

async function take(slots: Slots, request: ReturnType<typeof newRequest>): Promise<string> {
  const answer = await slots.acquire(request)
  if (answer.outcome !== 'granted') throw new Error(`not granted but ${answer.outcome}`)
  return answer.slotId
}

/** A process that holds a slot and is dead, for a supervisor to say. */
async function startDead() {
  const dead = await bench.startEdge({ nodeId: 'old' })
  await dead.tombstones.write(dead.incarnation.id, 'signal SIGKILL')
  return dead
}

test('the same slot, another holder and term; the number stays, and the old holder can do nothing any more', async () => {
  const request = newRequest(2)
  const [dead, next] = [await startDead(), await bench.startEdge({ nodeId: 'new' })]
  const slotId = await take(dead.slots, request)
  const lost: unknown[] = []
  dead.slots.onLost((...loss) => lost.push(loss))
  const proof = { fromIncarnation: dead.incarnation.id, evidence: 'tombstone' } as const
  const answer = await next.slots.acquire({ ...request, term: 7, proof })
  expect(answer).toEqual({ outcome: 'granted', slotId, inherited: true })
  expect(await next.slots.list(request.accountId)).toEqual([
    {
      slotId,
      holder: {
        ...{ channel: 'channel-1', node: 'new', incarnation: next.incarnation.id, term: 7 },
        ...{ state: 'opening', since: expect.any(Number) },
      },
    },
  ])
  expect(await dead.slots.release(slotId)).toEqual({ outcome: 'released' })
  expect(await bench.redis.zcard(bench.keys.accountSlots(request.accountId))).toBe(1)
})

test('many who have proof at once: one inherits', async () => {
  const request = newRequest()
  const [dead, ...others] = await Promise.all([startDead(), ...[1, 2, 3, 4].map(() => bench.startEdge())])
  await take(dead.slots, request)
  const proof = { fromIncarnation: dead.incarnation.id, evidence: 'tombstone' } as const
  const answers = await Promise.all(others.map(({ slots }) => slots.acquire({ ...request, proof })))
  expect(answers.filter(({ outcome }) => outcome === 'granted')).toHaveLength(1)
  expect(await bench.redis.zcard(bench.keys.accountSlots(request.accountId))).toBe(1)
})

test('nothing is inherited from another channel, another process, or with a proof that does not count', async () => {
  const request = newRequest()
  const [alive, next] = [await bench.startEdge(), await bench.startEdge()]
  await take(alive.slots, request)
  using _ = keepBeating(alive)
  const fromIncarnation = alive.incarnation.id
  for (const wanted of [
    { ...request, proof: { fromIncarnation, evidence: 'gone' } as const },
    { ...request, proof: { fromIncarnation, evidence: 'handed-over' } as const },
    { ...request, proof: { fromIncarnation: 'somebody else', evidence: 'tombstone' } as const },
    { ...request, channelId: 'channel-2', proof: { fromIncarnation, evidence: 'tombstone' } as const },
  ]) {
    expect((await next.slots.acquire(wanted)).outcome).toBe('full')
  }
  expect(alive.slots.held()).toHaveLength(1)
})

test('without a slot to inherit a spare one is taken', async () => {
  const next = await bench.startEdge()
  const proof = { fromIncarnation: 'gone', evidence: 'tombstone' } as const
  expect(await next.slots.acquire({ ...newRequest(), proof })).toMatchObject({ outcome: 'granted', inherited: false })
})

test('a slot that is handed over is kept for that process, and for a lease only', async () => {
  const request = newRequest()
  const edges = await Promise.all([1, 2, 3].map(() => bench.startEdge()))
  const [old, next, third] = edges as [(typeof edges)[0], (typeof edges)[0], (typeof edges)[0]]
  const slotId = await take(old.slots, request)
  expect(await old.slots.handOver(slotId, next.incarnation.id)).toEqual({ outcome: 'released' })
  expect(old.slots.held()).toEqual([])
  const key = bench.keys.accountSlots(request.accountId)
  const [seconds] = await bench.redis.time()
  expect(Number(await bench.redis.zscore(key, slotId))).toBeLessThanOrEqual(Number(seconds) * 1000 + 1000 + 4000)
  const proof = { fromIncarnation: old.incarnation.id, evidence: 'handed-over' } as const
  expect((await third.slots.acquire({ ...request, proof })).outcome).toBe('full')
  expect(await next.slots.acquire({ ...request, proof })).toEqual({ outcome: 'granted', slotId, inherited: true })
  await old.heartbeat.beat()
  await next.heartbeat.beat()
  expect(next.slots.held()).toHaveLength(1)
})
