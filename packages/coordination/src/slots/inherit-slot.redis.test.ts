import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { keepBeating } from '../../test-support/edge.ts'
import { startFixture } from '../../test-support/redis-fixture.ts'
import type { Evidence } from '../liveness/evidence.ts'
import { slotLeaseMs } from '../timing.ts'
import { inheritSlot } from './slot-scripts.ts'
import type { Slots } from './slots.ts'

jest.setTimeout(120_000)

let fixture: Awaited<ReturnType<typeof startFixture>>
beforeAll(async () => {
  fixture = await startFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())

let accounts = 0
/** Each test has its own account, which allows one connection. */
const newRequest = (limit = 1) => {
  accounts += 1
  return { accountId: `s${accounts}`, limit, channelId: 'channel-1' }
}

async function take(slots: Slots, request: ReturnType<typeof newRequest>): Promise<string> {
  const answer = await slots.acquire(request)
  if (answer.outcome !== 'granted') throw new Error(`not granted but ${answer.outcome}`)
  return answer.slotId
}

/** A process that holds a slot and is dead, as a supervisor would declare it. */
async function startDead() {
  const dead = await fixture.startEdge({ nodeId: 'old' })
  await dead.tombstones.write(dead.incarnation.id, 'signal SIGKILL')
  return dead
}

test('the slot stays the same with another holder and term; the number stays, and the old holder has no more say', async () => {
  const request = newRequest(2)
  const [dead, next] = [await startDead(), await fixture.startEdge({ nodeId: 'new' })]
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
        channel: 'channel-1',
        node: 'new',
        incarnation: next.incarnation.id,
        term: 7,
        state: 'opening',
        since: expect.any(Number),
      },
    },
  ])
  expect(await dead.slots.release(slotId)).toEqual({ outcome: 'released' })
  expect(await fixture.redis.zcard(fixture.keys.accountSlots(request.accountId))).toBe(1)
})

test('of many processes with proof one inherits', async () => {
  const request = newRequest()
  const [dead, ...others] = await Promise.all([startDead(), ...[1, 2, 3, 4].map(() => fixture.startEdge())])
  await take(dead.slots, request)
  const proof = { fromIncarnation: dead.incarnation.id, evidence: 'tombstone' } as const
  const answers = await Promise.all(others.map(({ slots }) => slots.acquire({ ...request, proof })))
  expect(answers.filter(({ outcome }) => outcome === 'granted')).toHaveLength(1)
  expect(await fixture.redis.zcard(fixture.keys.accountSlots(request.accountId))).toBe(1)
})

test('nothing is inherited from another channel, from another process, or with a proof that does not count', async () => {
  const request = newRequest()
  const [alive, next] = [await fixture.startEdge(), await fixture.startEdge()]
  await take(alive.slots, request)
  using _ = keepBeating(alive)
  const fromIncarnation = alive.incarnation.id
  for (const wanted of [
    { ...request, proof: { fromIncarnation, evidence: 'gone' } as const },
    { ...request, proof: { fromIncarnation: 'a stranger', evidence: 'tombstone' } as const },
    { ...request, channelId: 'channel-2', proof: { fromIncarnation, evidence: 'tombstone' } as const },
  ]) {
    expect((await next.slots.acquire(wanted)).outcome).toBe('full')
  }
  expect(alive.slots.held()).toHaveLength(1)
})

test('a spare slot is taken when there is no slot to inherit', async () => {
  const next = await fixture.startEdge()
  const proof = { fromIncarnation: 'gone', evidence: 'tombstone' } as const
  expect(await next.slots.acquire({ ...newRequest(), proof })).toMatchObject({ outcome: 'granted', inherited: false })
})

test('a hand-over is not a proof: the old leader keeps its slot until it returns it, and the successor takes another', async () => {
  const [old, next] = [await fixture.startEdge({ nodeId: 'old' }), await fixture.startEdge({ nodeId: 'new' })]
  const request = newRequest(2)
  const channelId = `${request.channelId} of ${request.accountId}`
  await old.leadership.claim({ channelId })
  const slotId = await take(old.slots, { ...request, channelId })
  old.leadership.note(channelId, { accountId: request.accountId, slotId })
  await old.heartbeat.beat()
  await old.leadership.handOver(channelId, next.incarnation.id)
  const claim = await next.leadership.claim({ channelId })
  expect(claim).toEqual({ outcome: 'leading', term: expect.any(Number) })

  const keys = [fixture.keys.accountSlots(request.accountId), fixture.keys.accountSlotHolders(request.accountId)]
  const { runId } = await next.warmUp.check(keys[0]!)
  const inheritWith = (evidence: Evidence) => {
    const { proofAgeMs } = next.timing
    const how = [channelId, old.incarnation.id, evidence, proofAgeMs, slotLeaseMs(next.timing), runId] as const
    return inheritSlot(next.redis, keys, [...how, 'new', next.incarnation.id, ''])
  }
  for (const evidence of ['handed-over', 'none', '']) {
    expect(await inheritWith(evidence as Evidence)).toEqual({ outcome: 'none', waitMs: 0 })
  }
  const own = await next.slots.acquire({ ...request, channelId })
  expect(own).toMatchObject({ outcome: 'granted', inherited: false })
  await old.heartbeat.beat()
  expect(old.slots.held()).toMatchObject([{ slotId }])
  expect(await old.slots.release(slotId)).toEqual({ outcome: 'released' })
  expect(await fixture.redis.zcard(keys[0]!)).toBe(1)

  // Refused for its evidence alone, the same request is granted with evidence that counts.
  await take(old.slots, { ...request, channelId })
  expect(await inheritWith('tombstone')).toMatchObject({ outcome: 'inherited' })
})
