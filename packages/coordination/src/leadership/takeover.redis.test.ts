import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { eventually } from '@kptv/testkit'
import { keepBeating } from '../../test-support/edge.ts'
import { startFixture } from '../../test-support/redis-fixture.ts'

// Starts processes: the time limit is only there to end a hang.
jest.setTimeout(120_000)

let fixture: Awaited<ReturnType<typeof startFixture>>
beforeAll(async () => {
  fixture = await startFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())

test('kill -9 of the leader: the successor waits until its proof counts, and inherits the only slot', async () => {
  await using holder = await fixture.startHolder('c1', 's1')
  const { leadership, slots } = await fixture.startEdge()
  expect(await leadership.claim({ channelId: 'c1' })).toMatchObject({
    outcome: 'led',
    by: { incarnation: holder.incarnation },
  })
  // Its first renewal names its slot; on a Redis Cluster that takes another route than the request
  // before it.
  await eventually('its record names its account', async () => (await leadership.read('c1'))?.account === 's1')
  const old = (await leadership.read('c1'))!
  holder.kill('SIGKILL')
  await holder.waitForExit()
  const answer = await leadership.claim({ channelId: 'c1' })
  expect(answer).toMatchObject({
    outcome: 'leading',
    inherits: { fromIncarnation: holder.incarnation, evidence: 'gone', accountId: 's1' },
  })
  if (answer.outcome !== 'leading') throw new Error('not leading')
  const record = (await leadership.read('c1'))!
  // By the clock of Redis: not before the record was old enough.
  expect(record.claimedAt - old.renewedAt).toBeGreaterThanOrEqual(1000)
  expect(answer.term).toBeGreaterThan(old.term)
  const slot = await slots.acquire({
    accountId: 's1',
    limit: 1,
    channelId: 'c1',
    term: answer.term,
    proof: answer.inherits!,
  })
  expect(slot).toEqual({ outcome: 'granted', slotId: answer.inherits!.slotId, inherited: true })
  expect(await fixture.redis.zcard(fixture.keys.accountSlots('s1'))).toBe(1)
})

test('what a claim took too late is given back before the next one, which needs no proof', async () => {
  const { leadership, incarnation } = await fixture.startEdge()
  const late = leadership.claim({ channelId: 'late' })
  incarnation.replace()
  await expect(late).rejects.toThrow('too late')
  expect(await leadership.claim({ channelId: 'late' })).toEqual({ outcome: 'leading', term: expect.any(Number) })
})

test('accepts a tombstone as proof at once', async () => {
  await using holder = await fixture.startHolder('c2', 's2')
  const { leadership, tombstones } = await fixture.startEdge()
  // A supervisor would write it after the exit; here the process even lives on, and must lose.
  await tombstones.write(holder.incarnation, 'signal SIGKILL')
  const answer = await leadership.claim({ channelId: 'c2' })
  expect(answer).toMatchObject({ outcome: 'leading', inherits: { evidence: 'tombstone' } })
  const { claimedAt } = (await leadership.read('c2'))!
  await sleep(800)
  expect((await leadership.read('c2'))!.claimedAt).toBe(claimedAt)
})

test('SIGSTOP of the leader: no proof until its lease ends; then the channel is free, its slot is not', async () => {
  await using holder = await fixture.startHolder('c3', 's3')
  const { leadership, slots } = await fixture.startEdge()
  holder.pause()
  const { renewedAt } = (await leadership.read('c3'))!
  let claims = 0
  await eventually(
    'the channel is free',
    async () => {
      claims += 1
      const answer = await leadership.claim({ channelId: 'c3' })
      if (answer.outcome === 'leading') expect(answer.inherits).toBeUndefined()
      return answer.outcome === 'leading'
    },
    { deadlineMs: 30_000, everyMs: 100 },
  )
  expect(claims).toBeGreaterThan(3)
  expect((await leadership.read('c3'))!.claimedAt - renewedAt).toBeGreaterThanOrEqual(4000)
  const request = { accountId: 's3', limit: 1, channelId: 'c3' }
  const refused = await slots.acquire(request)
  expect(refused.outcome).toBe('full')
  // Its lead has ended, 4 s after their last renewal; the slot, renewed by the same beat a little
  // later, has 19 s.
  if (refused.outcome === 'full') expect(refused.retryAfterMs).toBeLessThanOrEqual(15_350)
  // A spare slot is available: the frozen one still counts.
  expect((await slots.acquire({ ...request, limit: 2 })).outcome).toBe('granted')
  expect(await fixture.redis.zcard(fixture.keys.accountSlots('s3'))).toBe(2)
  // Once awake, it finds another leader and does not take the channel back.
  holder.resume()
  await sleep(800)
  // On a busy machine the lead of this process may have ended meanwhile.
  expect((await leadership.read('c3'))?.incarnation).not.toBe(holder.incarnation)
})

test('a living leader whose watch is down keeps its channel as long as it renews', async () => {
  // It renews much more often, even when this process has to wait.
  const [alive, other] = [await fixture.startEdge(), await fixture.startEdge({ timing: { proofAgeMs: 3_500 } })]
  await alive.leadership.claim({ channelId: 'c4' })
  alive.subscriber.disconnect()
  using _ = keepBeating(alive)
  expect((await other.leadership.claim({ channelId: 'c4' })).outcome).toBe('led')
})

test('a leader that nobody can see stops before anybody may take over', async () => {
  let nowMs = 0
  const edge = await fixture.startEdge({ monotonicMs: () => nowMs, wallMs: () => nowMs })
  const answer = await edge.leadership.claim({ channelId: 'c5' })
  const term = answer.outcome === 'leading' ? answer.term : 0
  nowMs = 799
  expect(edge.leadership.mayLead('c5', term)).toBe(true)
  edge.subscriber.disconnect()
  await eventually('its watch is down', () => !edge.livenessWatch.isWatched())
  expect(edge.leadership.mayLead('c5', term)).toBe(true)
  nowMs = 800
  expect(edge.leadership.mayLead('c5', term)).toBe(false)
})

test('a watch that was cut counts as visible again only when Redis says so', async () => {
  const edge = await fixture.startEdge()
  await fixture.cutSubscriptions()
  await eventually('it is down', () => !edge.livenessWatch.isWatched())
  await eventually('it is up', () => edge.livenessWatch.isWatched())
  expect(await fixture.watchers(edge.incarnation.id)).toBe(1)
})
