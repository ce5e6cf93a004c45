import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { eventually } from '@kptv/testkit'
import { startFixture } from '../../test-support/redis-fixture.ts'
import type { Leadership, LeadLossReason } from './leadership.ts'

// Starts processes and servers: the time limit is only there to end a hang.
jest.setTimeout(120_000)

let fixture: Awaited<ReturnType<typeof startFixture>>
beforeAll(async () => {
  fixture = await startFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())

let channels = 0
/** Each test has its own channel. */
const newChannel = () => {
  channels += 1
  return `c${channels}`
}

function listen(leadership: Leadership): Array<[string, number, LeadLossReason]> {
  const losses: Array<[string, number, LeadLossReason]> = []
  leadership.onLost((...loss) => losses.push(loss))
  return losses
}

async function lead(leadership: Leadership, channelId: string): Promise<number> {
  const answer = await leadership.claim({ channelId })
  if (answer.outcome !== 'leading') throw new Error(`not leading but ${answer.outcome}`)
  return answer.term
}

describe('claim', () => {
  test('of 200 simultaneous claims from 4 nodes exactly one leads; the others learn which', async () => {
    const channelId = newChannel()
    const edges = await Promise.all([1, 2, 3, 4].map((number) => fixture.startEdge({ nodeId: `node-${number}` })))
    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => ({
        node: index % 4,
        answer: await edges[index % 4]!.leadership.claim({ channelId }),
      })),
    )
    const leading = answers.filter(({ answer }) => answer.outcome === 'leading')
    expect(new Set(leading.map(({ node }) => node)).size).toBe(1)
    expect(new Set(leading.map(({ answer }) => answer.outcome === 'leading' && answer.term)).size).toBe(1)
    const leader = edges[leading[0]!.node]!
    for (const { answer } of answers) {
      if (answer.outcome === 'led') expect(answer.by.incarnation).toBe(leader.incarnation.id)
    }
    expect(answers.filter(({ answer }) => answer.outcome === 'led')).toHaveLength(150)
    expect(edges.filter(({ leadership }) => leadership.held().length > 0)).toEqual([leader])
  })

  test('of 200 claims, 8 at a time, one per round is granted', async () => {
    const channelId = newChannel()
    const edges = await Promise.all(Array.from({ length: 8 }, () => fixture.startEdge()))
    for (let round = 0; round < 25; round += 1) {
      const answers = await Promise.all(edges.map(({ leadership }) => leadership.claim({ channelId })))
      const granted = answers.flatMap((answer) => (answer.outcome === 'leading' ? [answer.term] : []))
      expect(granted).toHaveLength(1)
      for (const { leadership } of edges) await leadership.resign(channelId, granted[0]!)
    }
  })

  test('people can read the record, and every key expires', async () => {
    const channelId = newChannel()
    const { leadership, incarnation, heartbeat } = await fixture.startEdge({ nodeId: 'edge-7' })
    const term = await lead(leadership, channelId)
    leadership.note(channelId, { accountId: 's1', slotId: 'slot-1' })
    await heartbeat.beat()
    const who = { node: 'edge-7', incarnation: incarnation.id, term, account: 's1', slot: 'slot-1' }
    const when = { claimedAt: expect.any(Number), renewedAt: expect.any(Number) }
    expect(await leadership.read(channelId)).toEqual({ ...who, ...when })
    const { channelLead, channelTerm } = fixture.keys
    await eventually('a beat renews the whole lease', async () => {
      await heartbeat.beat()
      return (await fixture.redis.pttl(channelLead(channelId))) > 3000
    })
    expect(await fixture.redis.pttl(channelLead(channelId))).toBeLessThanOrEqual(4000)
    expect(await fixture.redis.pttl(channelTerm(channelId))).toBeGreaterThan(6 * 86_400_000)
  })

  test('terms only grow: after a resignation, after the record expired, after the term was forgotten', async () => {
    const channelId = newChannel()
    const [one, other] = [await fixture.startEdge(), await fixture.startEdge()]
    const first = await lead(one.leadership, channelId)
    await one.leadership.resign(channelId, first)
    const second = await lead(other.leadership, channelId)
    expect(second).toBeGreaterThan(first)
    // The clock was set back: the last term counts.
    await fixture.redis.set(fixture.keys.channelTerm(channelId), second + 3_600_000)
    await other.leadership.resign(channelId, second)
    const third = await lead(one.leadership, channelId)
    expect(third).toBe(second + 3_600_001)
    // Redis was emptied: its time counts.
    await one.leadership.resign(channelId, third)
    await fixture.redis.del(fixture.keys.channelTerm(channelId))
    // Emptying and refilling never happen within one millisecond.
    await sleep(2)
    expect(await lead(other.leadership, channelId)).toBeGreaterThan(second)
  })

  test.each(['text', '1e300', '-5', '9007199254740993'])('a foreign term %p does no harm', async (text) => {
    const channelId = newChannel()
    await fixture.redis.set(fixture.keys.channelTerm(channelId), text)
    const { leadership } = await fixture.startEdge()
    const term = await lead(leadership, channelId)
    expect(Number.isSafeInteger(term)).toBe(true)
    expect(term).toBeGreaterThan(1_600_000_000_000)
  })

  test('a foreign record is respected until it expires, and it does expire', async () => {
    const channelId = newChannel()
    await fixture.redis.hset(fixture.keys.channelLead(channelId), 'foreign', 'record')
    const { leadership } = await fixture.startEdge()
    expect((await leadership.claim({ channelId })).outcome).toBe('led')
    expect(await fixture.redis.pttl(fixture.keys.channelLead(channelId))).toBeGreaterThan(0)
  })

  test('a key of another type is an error, not a leadership', async () => {
    const channelId = newChannel()
    await fixture.redis.set(fixture.keys.channelLead(channelId), 'text')
    const { leadership } = await fixture.startEdge()
    await expect(leadership.claim({ channelId })).rejects.toThrow('WRONGTYPE')
    expect(leadership.held()).toEqual([])
  })

  test('survives SCRIPT FLUSH', async () => {
    const [channelId, second] = [newChannel(), newChannel()]
    const { leadership, heartbeat } = await fixture.startEdge()
    const losses = listen(leadership)
    await fixture.redis.script('FLUSH')
    const term = await lead(leadership, channelId)
    await lead(leadership, second)
    await fixture.redis.script('FLUSH')
    const before = (await leadership.read(channelId))!.renewedAt
    await sleep(5)
    await heartbeat.beat()
    expect((await leadership.read(channelId))!.renewedAt).toBeGreaterThan(before)
    expect(losses).toEqual([])
    await fixture.redis.script('FLUSH')
    expect(await leadership.resign(channelId, term)).toBe('resigned')
  })
})

describe('renewal', () => {
  test('never recreates a record that expired', async () => {
    const channelId = newChannel()
    const { leadership, heartbeat } = await fixture.startEdge()
    const losses = listen(leadership)
    const term = await lead(leadership, channelId)
    await heartbeat.beat()
    await fixture.redis.del(fixture.keys.channelLead(channelId))
    await heartbeat.beat()
    expect(losses).toEqual([[channelId, term, 'missing']])
    expect(leadership.mayLead(channelId, term)).toBe(false)
    expect(await leadership.read(channelId)).toBeUndefined()
  })

  test.each([
    ['another incarnation', { incarnation: 'a stranger' }],
    ['a newer term of the same incarnation', { term: '9000000000000000' }],
  ])('does not overwrite %s', async (_, change) => {
    const channelId = newChannel()
    const { leadership, heartbeat } = await fixture.startEdge()
    const losses = listen(leadership)
    const term = await lead(leadership, channelId)
    await fixture.redis.hset(fixture.keys.channelLead(channelId), change)
    const record = await fixture.redis.hgetall(fixture.keys.channelLead(channelId))
    await heartbeat.beat()
    expect(losses).toEqual([[channelId, term, 'taken']])
    expect(await fixture.redis.hgetall(fixture.keys.channelLead(channelId))).toEqual(record)
  })
})

describe('resign', () => {
  test('ends the leadership at once', async () => {
    const channelId = newChannel()
    const [one, other] = [await fixture.startEdge(), await fixture.startEdge()]
    const losses = listen(one.leadership)
    const term = await lead(one.leadership, channelId)
    expect(await one.leadership.resign(channelId, term)).toBe('resigned')
    expect(one.leadership.mayLead(channelId, term)).toBe(false)
    expect(losses).toEqual([])
    expect((await other.leadership.claim({ channelId })).outcome).toBe('leading')
  })

  test('touches neither another leader nor a newer term', async () => {
    const channelId = newChannel()
    const [one, other] = [await fixture.startEdge(), await fixture.startEdge()]
    const first = await lead(one.leadership, channelId)
    await one.leadership.resign(channelId, first)
    const second = await lead(other.leadership, channelId)
    await one.leadership.resign(channelId, first)
    await one.leadership.resign(channelId, second)
    await other.leadership.resign(channelId, first)
    await one.heartbeat.beat()
    expect(await other.leadership.read(channelId)).toMatchObject({ term: second })
    expect(other.leadership.mayLead(channelId, second)).toBe(true)
  })
})

describe('resign after a loss', () => {
  test.each([
    ['another leads', { incarnation: 'a stranger' }],
    ['a newer term of this process', { term: '9000000000000000' }],
  ])('touches nothing when there is %s', async (_, change) => {
    let nowMs = 0
    const channelId = newChannel()
    const { leadership } = await fixture.startEdge({ monotonicMs: () => nowMs, wallMs: () => nowMs })
    const term = await lead(leadership, channelId)
    nowMs = 2500
    leadership.abandonExpired()
    await fixture.redis.hset(fixture.keys.channelLead(channelId), change)
    expect(await leadership.resign(channelId, term)).toBe('resigned')
    expect(await fixture.redis.hgetall(fixture.keys.channelLead(channelId))).toMatchObject(change)
  })
})

describe('hand-over', () => {
  test('only the named process may take it, at once; the old leader leads until then', async () => {
    const channelId = newChannel()
    const edges = await Promise.all([1, 2, 3].map(() => fixture.startEdge()))
    const [old, next, third] = edges as [(typeof edges)[0], (typeof edges)[0], (typeof edges)[0]]
    const losses = listen(old.leadership)
    const term = await lead(old.leadership, channelId)
    old.leadership.note(channelId, { accountId: 's1', slotId: 'slot-1' })
    await old.heartbeat.beat()
    expect(await old.leadership.handOver(channelId, next.incarnation.id)).toBe(true)
    await old.heartbeat.beat()
    expect(old.leadership.mayLead(channelId, term)).toBe(true)
    expect((await third.leadership.claim({ channelId })).outcome).toBe('led')
    // The old leader's slot stays taken: its connection is still open.
    expect(await next.leadership.claim({ channelId })).toEqual({ outcome: 'leading', term: expect.any(Number) })
    await old.heartbeat.beat()
    expect(losses).toEqual([[channelId, term, 'handed-over']])
    expect(await next.leadership.handOver('not ours', old.incarnation.id)).toBe(false)
  })

  test('only the named process may decline; then another one can be named', async () => {
    const channelId = newChannel()
    const edges = await Promise.all([1, 2, 3].map(() => fixture.startEdge()))
    const [old, next, third] = edges as [(typeof edges)[0], (typeof edges)[0], (typeof edges)[0]]
    await lead(old.leadership, channelId)
    await old.leadership.handOver(channelId, next.incarnation.id)
    expect(await third.leadership.declineHandOver(channelId)).toBe(false)
    expect(await old.leadership.isOffered(channelId)).toBe(true)
    expect(await next.leadership.declineHandOver(channelId)).toBe(true)
    expect(await old.leadership.isOffered(channelId)).toBe(false)
    expect(await next.leadership.declineHandOver(channelId)).toBe(false)
    expect((await next.leadership.claim({ channelId })).outcome).toBe('led')
    await old.leadership.handOver(channelId, third.incarnation.id)
    expect((await third.leadership.claim({ channelId })).outcome).toBe('leading')
    // The offer was taken up: nothing was declined.
    expect(await old.leadership.isOffered(channelId)).toBe(true)
    expect(await old.leadership.declineHandOver('no channel')).toBe(false)
  })
})

describe('mayLead', () => {
  test('for the present term, until the deadline, even before any timer notices it', async () => {
    let nowMs = 0
    const channelId = newChannel()
    const { leadership } = await fixture.startEdge({ monotonicMs: () => nowMs, wallMs: () => nowMs })
    const losses = listen(leadership)
    const term = await lead(leadership, channelId)
    expect(leadership.mayLead(channelId, term)).toBe(true)
    expect(leadership.mayLead(channelId, term - 1)).toBe(false)
    expect(leadership.mayLead('other', term)).toBe(false)
    nowMs = 2500
    expect(leadership.mayLead(channelId, term)).toBe(false)
    expect(losses).toEqual([])
    leadership.abandonExpired()
    expect(losses).toEqual([[channelId, term, 'deadline']])
    // Resigned after the connection was closed, so that others need not wait for the end of the
    // lease.
    await leadership.resign(channelId, term)
    expect(await leadership.read(channelId)).toBeUndefined()
  })

  test('a machine that slept leads again only after a renewal', async () => {
    let sleptMs = 0
    const channelId = newChannel()
    const { leadership, heartbeat } = await fixture.startEdge({ wallMs: () => Date.now() + sleptMs })
    const term = await lead(leadership, channelId)
    sleptMs = 5000
    expect(leadership.mayLead(channelId, term)).toBe(false)
    await heartbeat.beat()
    expect(leadership.mayLead(channelId, term)).toBe(true)
  })
})
