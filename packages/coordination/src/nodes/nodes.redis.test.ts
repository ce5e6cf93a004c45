import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { eventually } from '@kptv/testkit'
import { silent } from '../../test-support/edge.ts'
import { startFixture } from '../../test-support/redis-fixture.ts'

jest.setTimeout(120_000)

let fixture: Awaited<ReturnType<typeof startFixture>>
beforeAll(async () => {
  fixture = await startFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())

test('each node appears with its load, and is forgotten when it leaves or dies', async () => {
  const one = await fixture.startEdge({ nodeId: 'edge-1' })
  const other = await fixture.startEdge({ nodeId: 'edge-2' })
  await one.heartbeat.beat()
  await other.heartbeat.beat()
  const record = {
    incarnation: one.incarnation.id,
    node: 'edge-1',
    pid: process.pid,
    url: 'http://here:80',
    internalUrl: '',
    internalKey: 'k',
    version: '1',
    startedAt: '2026-01-01T00:00:00Z',
    state: 'serving',
    viewers: 3,
    channels: 1,
  }
  expect(await one.nodes.read(one.incarnation.id)).toEqual(record)
  expect((await one.nodes.list()).map(({ node }) => node).sort()).toEqual(['edge-1', 'edge-2'])
  expect(one.nodes.lastKnownPeers().map(({ node }) => node)).toEqual(['edge-2'])
  await eventually('a beat renews the whole lease', async () => {
    await one.heartbeat.beat()
    return (await fixture.redis.pttl(fixture.keys.node(one.incarnation.id))) > 3000
  })
  await other.nodes.leave()
  expect((await one.nodes.list()).map(({ node }) => node)).toEqual(['edge-1'])
  // A dead node: its entry in the list ends with its lease.
  await fixture.redis.zadd(fixture.keys.nodes, Date.now() - 1, 'dead', Date.UTC(3000, 0), 'foreign')
  expect((await one.nodes.list()).map(({ node }) => node)).toEqual(['edge-1'])
  expect(await fixture.redis.zcard(fixture.keys.nodes)).toBe(1)
})

test.each([
  ['for a minute', {}, 60_000],
  ['until its slots have ended', { leaseMs: 4_000, quarantineMs: 600_000 }, 608_000],
])('a node that stops renewing is remembered %s', async (_, timing, rememberedMs) => {
  let nowMs = 0
  const one = await fixture.startEdge({ monotonicMs: () => nowMs, timing })
  const other = await fixture.startEdge({ nodeId: 'other' })
  expect(one.nodes.lastKnown(other.incarnation.id)).toBeUndefined()
  await other.heartbeat.beat()
  await one.nodes.list()
  await other.nodes.leave()
  nowMs += rememberedMs - 1
  expect((await one.nodes.list()).map(({ node }) => node)).not.toContain('other')
  expect(one.nodes.lastKnown(other.incarnation.id)).toMatchObject({ node: 'other', internalUrl: '' })
  nowMs += 1
  await one.nodes.list()
  expect(one.nodes.lastKnown(other.incarnation.id)).toBeUndefined()
})

test('a node whose connection breaks while reading the others does not assume that it is alone', async () => {
  const one = await fixture.startEdge({ nodeId: 'edge-a' })
  const other = await fixture.startEdge({ nodeId: 'edge-b' })
  await one.heartbeat.beat()
  await other.heartbeat.beat()
  await one.nodes.list()
  const { hgetall } = one.redis
  const broken = () => Promise.reject(new Error('Connection is closed.'))
  Object.assign(one.redis, { hgetall: broken })
  await one.nodes.list()
  Object.assign(one.redis, { hgetall })
  expect(one.nodes.lastKnownPeers().map(({ node }) => node)).toContain('edge-b')
  expect(one.nodes.isAlone()).toBe(false)
})

test('a record that does not describe a node is not listed', async () => {
  const { nodes } = await fixture.startEdge()
  await fixture.redis.hset(fixture.keys.node('strange'), { pid: 'x', viewers: '-1' })
  expect(await nodes.read('strange')).toBeUndefined()
  await fixture.redis.hset(fixture.keys.node('strange'), { node: 'n' })
  expect(await nodes.read('strange')).toMatchObject({ node: 'n', pid: 0, viewers: 0, url: '' })
})

describe('tombstones', () => {
  test('are written with a reason and expire', async () => {
    const { tombstones } = await fixture.startEdge()
    expect(await tombstones.read('a')).toBeUndefined()
    await tombstones.write('a', 'exit 1')
    expect(await tombstones.read('a')).toBe('exit 1')
    expect(await fixture.redis.pttl(fixture.keys.dead('a'))).toBeGreaterThan(3_500_000)
  })
})

describe('declared dead', () => {
  test.each(['tombstone', 'record-missing'] as const)(
    '%s: everything is lost, and the process continues under a new incarnation',
    async (reason) => {
      const errors: object[] = []
      const edge = await fixture.startEdge({ logger: { ...silent, error: (fields) => errors.push(fields) } })
      const { leadership, slots, heartbeat, incarnation, tombstones, livenessWatch } = edge
      const losses: unknown[] = []
      leadership.onLost((...loss) => losses.push(loss))
      slots.onLost((...loss) => losses.push(loss))
      await heartbeat.beat()
      const channelId = `c-${reason}`
      const claim = await leadership.claim({ channelId })
      const slot = await slots.acquire({ accountId: channelId, limit: 1, channelId })
      if (claim.outcome !== 'leading' || slot.outcome !== 'granted') throw new Error('not held')
      const old = incarnation.id
      if (reason === 'tombstone') await tombstones.write(old, 'signal SIGKILL')
      else await fixture.redis.del(fixture.keys.node(old))
      await heartbeat.beat()
      expect(incarnation.id).not.toBe(old)
      expect(losses).toEqual([
        [channelId, claim.term, 'declared-dead'],
        [[slot.slotId], 'declared-dead'],
      ])
      expect(errors).toEqual([{ old, incarnation: incarnation.id, reason }])
      expect(await fixture.redis.exists(fixture.keys.node(incarnation.id))).toBe(1)
      expect([await fixture.watchers(incarnation.id), await fixture.watchers(old)]).toEqual([1, 0])
      expect(livenessWatch.isWatched()).toBe(true)
      // The old incarnation's slot is given back under its old name; the new incarnation holds what
      // it takes.
      await slots.release(slot.slotId)
      await leadership.resign(channelId, claim.term)
      const again = await leadership.claim({ channelId })
      expect(again.outcome === 'leading' && again.term).toBeGreaterThan(claim.term)
      expect((await slots.acquire({ accountId: channelId, limit: 1, channelId })).outcome).toBe('granted')
      await heartbeat.beat()
      expect(losses).toHaveLength(2)
      expect(slots.held()).toHaveLength(1)
    },
  )
})
