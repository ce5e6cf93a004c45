import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { eventually } from '@kptv/testkit'
import { type Edge, keepBeating } from '../../test-support/edge.ts'
import { startFixture } from '../../test-support/redis-fixture.ts'

jest.setTimeout(120_000)

let fixture: Awaited<ReturnType<typeof startFixture>>
beforeAll(async () => {
  fixture = await startFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())

/** An edge whose streams close a moment after they were revoked, as responses do. */
async function startEdge(): Promise<Edge & { readonly ended: string[] }> {
  const edge = await fixture.startEdge()
  await edge.subscriber.subscribe(fixture.keys.userStreamRevoked)
  const ended: string[] = []
  edge.userStreams.onLost((streamIds, isRevoked) => {
    for (const streamId of streamIds) {
      ended.push(`${streamId}${isRevoked ? '' : ' forgotten'}`)
      setTimeout(() => void edge.userStreams.close(streamId), 5)
    }
  })
  return Object.assign(edge, { ended })
}

let number = 0
const newUser = (change: { readonly limit?: number; readonly onLimit?: 'refuse' | 'end-oldest' } = {}) => {
  number += 1
  const user = `user-${number}`
  return (edge: Edge, device: string, channelId = 'c') =>
    edge.userStreams.open({ user, limit: 1, onLimit: 'refuse', channelId, device, ...change })
}
const LIFETIME_MS = 30_000
const newPlayers = (
  change: { readonly limit?: number; readonly onLimit?: 'refuse' | 'end-oldest'; readonly lifetimeMs?: number } = {},
) => {
  number += 1
  const user = `user-${number}`
  return (edge: Edge, player: string, device = 'tv', channelId = 'c') =>
    edge.userStreams.keepPlayer({
      ...{ user, player, limit: 1, onLimit: 'refuse' as const, channelId, device, lifetimeMs: LIFETIME_MS },
      ...change,
    })
}
const currentUser = () => `user-${number}`

test('the limit holds over all nodes; a second device is refused until the first one stops', async () => {
  const [one, other] = [await startEdge(), await startEdge()]
  const open = newUser()
  const first = await open(one, 'tv')
  expect(first).toBeDefined()
  expect(await open(other, 'phone')).toBeUndefined()
  expect(await one.userStreams.count(currentUser())).toBe(1)
  await one.userStreams.close(first!)
  expect(await open(other, 'phone')).toBeDefined()
  expect(one.ended).toEqual([])
})

test('a zap takes over the oldest stream of its own device, on whichever node it runs', async () => {
  const [one, other] = [await startEdge(), await startEdge()]
  const open = newUser({ limit: 2 })
  const oldest = await open(one, 'tv')
  const phone = await open(one, 'phone')
  const next = await open(other, 'tv')
  expect(next).toBeDefined()
  expect(one.ended).toEqual([oldest])
  expect(await open(one, 'tablet')).toBeUndefined()
  expect(await other.userStreams.count(currentUser())).toBe(2)
  expect([oldest, phone, next]).toHaveLength(new Set([oldest, phone, next]).size)
})

test('a zap is not refused because the previous stream ends between its two requests', async () => {
  const [one, other] = [await startEdge(), await startEdge()]
  const open = newUser()
  const before = await open(one, 'tv')
  const evalsha = other.redis.evalsha.bind(other.redis) as (...values: readonly unknown[]) => Promise<unknown>
  async function closeFirst(...values: readonly unknown[]): Promise<unknown> {
    // The second question: which stream it may take over.
    if (values.includes('own')) await one.userStreams.close(before!)
    return evalsha(...values)
  }
  Object.assign(other.redis, { evalsha: closeFirst })
  expect(await open(other, 'tv')).toBeDefined()
  expect(one.ended).toEqual([])
})

test('with end-oldest a second device takes the place of the first', async () => {
  const [one, other] = [await startEdge(), await startEdge()]
  const open = newUser({ onLimit: 'end-oldest' })
  const first = await open(one, 'tv')
  expect(await open(other, 'phone')).toBeDefined()
  expect(one.ended).toEqual([first])
})

test('zaps of many devices at once never exceed the limit, and leave nothing behind', async () => {
  const edges = [await startEdge(), await startEdge(), await startEdge()]
  const open = newUser({ limit: 2 })
  const { redis, keys } = fixture
  const user = currentUser()
  let highest = 0
  let isOver = false
  const counting = (async () => {
    while (!isOver) highest = Math.max(highest, await redis.zcard(keys.userStreams(user)))
  })()
  const zap = async (device: string): Promise<void> => {
    let mine: string | undefined
    for (let count = 0; count < 20; count += 1) {
      const edge = edges[count % edges.length]!
      const next = await open(edge, device, `c${count}`)
      if (mine !== undefined) await Promise.all(edges.map(({ userStreams }) => userStreams.close(mine!)))
      mine = next
    }
    if (mine !== undefined) await Promise.all(edges.map(({ userStreams }) => userStreams.close(mine!)))
  }
  await Promise.all(['tv', 'phone', 'tablet'].map(zap))
  isOver = true
  await counting
  expect(highest).toBe(2)
  await eventually(
    'nothing is left',
    async () => (await edges[0]!.userStreams.count(user)) + (await redis.exists(keys.userStreamHolders(user))) === 0,
  )
})

test('as many devices as the limit zap at once, and none loses its place, not even to one beyond it', async () => {
  const edges = [await startEdge(), await startEdge(), await startEdge()]
  const open = newUser({ limit: 3 })
  const refused: string[] = []
  const devices = ['tv', 'phone', 'tablet']
  const zap = async (device: string, index: number): Promise<void> => {
    for (let count = 0; count < 30; count += 1) {
      const stream = await open(edges[(count + index) % edges.length]!, device, `c${count}`)
      if (stream === undefined) refused.push(`${device} ${count}`)
    }
  }
  for (const device of devices) await open(edges[0]!, device)
  let isOver = false
  const granted: string[] = []
  const beg = async (): Promise<void> => {
    while (!isOver) {
      const stream = await open(edges[1]!, 'radio')
      if (stream !== undefined) granted.push(stream)
    }
  }
  const begging = beg()
  await Promise.all(devices.map(zap))
  isOver = true
  await begging
  expect({ refused, granted }).toEqual({ refused: [], granted: [] })
})

test('streams of a dead process make room on proof; others are kept by their beats', async () => {
  const [dead, alive, edge] = [await startEdge(), await startEdge(), await startEdge()]
  using _ = keepBeating(alive)
  const open = newUser({ limit: 2 })
  await open(dead, 'tv')
  await open(alive, 'phone')
  expect(await open(edge, 'tablet')).toBeUndefined()
  await edge.tombstones.write(dead.incarnation.id, 'exit 1')
  expect(await open(edge, 'tablet')).toBeDefined()
  expect(await open(edge, 'radio')).toBeUndefined()
})

test('a stream that Redis has forgotten continues: it differs from a revoked one', async () => {
  const edge = await startEdge()
  const open = newUser()
  const stream = await open(edge, 'tv')
  await fixture.redis.del(fixture.keys.userStreams(currentUser()), fixture.keys.userStreamHolders(currentUser()))
  await edge.heartbeat.beat()
  expect(edge.ended).toEqual([`${stream} forgotten`])
})

test('without a limit all are counted, and none is refused', async () => {
  const edge = await startEdge()
  const open = newUser({ limit: Number.POSITIVE_INFINITY })
  for (let count = 0; count < 5; count += 1) expect(await open(edge, 'tv')).toBeDefined()
  expect(await edge.userStreams.count(currentUser())).toBe(5)
  expect(edge.ended).toEqual([])
})

describe('a player without a connection', () => {
  test('is one stream, whichever nodes get its requests, and however many at once', async () => {
    const edges = [await startEdge(), await startEdge(), await startEdge()]
    const keep = newPlayers()
    for (let round = 0; round < 5; round += 1)
      expect(new Set(await Promise.all(edges.map((edge) => keep(edge, 'a'))))).toEqual(new Set(['kept']))
    expect(await edges[0]!.userStreams.count(currentUser())).toBe(1)
    expect(await keep(edges[1]!, 'b', 'phone')).toBe('full')
    expect(await keep(edges[1]!, 'a', 'phone', 'another channel')).toBe('full')
  })

  test('counts together with streams that have one', async () => {
    const [one, other] = [await startEdge(), await startEdge()]
    const keep = newPlayers({ limit: 2 })
    const open = (device: string) =>
      other.userStreams.open({ user: currentUser(), limit: 2, onLimit: 'refuse', channelId: 'c', device })
    expect(await keep(one, 'a', 'tv')).toBe('kept')
    const phone = await open('phone')
    expect(phone).toBeDefined()
    expect(await open('tablet')).toBeUndefined()
    expect(await keep(one, 'b', 'tablet')).toBe('full')
    await other.userStreams.close(phone!)
    expect(await keep(one, 'b', 'tablet')).toBe('kept')
  })

  test('needs no node: it continues when its first node is dead, and beats end nothing', async () => {
    const [dead, edge] = [await startEdge(), await startEdge()]
    const keep = newPlayers()
    await keep(dead, 'a')
    await dead.heartbeat.beat()
    expect(dead.ended).toEqual([])
    await dead.tombstones.write(dead.incarnation.id, 'exit 1')
    expect(await keep(edge, 'b', 'phone')).toBe('full')
    expect(await keep(edge, 'a')).toBe('kept')
    expect(await edge.userStreams.count(currentUser())).toBe(1)
  })

  test('has left when no request arrives, and makes room', async () => {
    const edge = await startEdge()
    const keep = newPlayers({ lifetimeMs: 300 })
    await keep(edge, 'a')
    await eventually('it has left', async () => (await keep(edge, 'b', 'phone')) === 'kept')
  })

  test('makes room for the next one of its device, and stays refused on all nodes', async () => {
    const [one, other] = [await startEdge(), await startEdge()]
    const keep = newPlayers()
    await keep(one, 'a')
    expect(await keep(other, 'b')).toBe('kept')
    for (const edge of [one, other]) expect(await keep(edge, 'a')).toBe('ended')
    expect(await keep(one, 'b')).toBe('kept')
    expect(await one.userStreams.count(currentUser())).toBe(1)
  })

  test('takes over a stream with a connection, and is taken over by one', async () => {
    const [one, other] = [await startEdge(), await startEdge()]
    const keep = newPlayers({ onLimit: 'end-oldest' })
    const open = () =>
      one.userStreams.open({ user: currentUser(), limit: 1, onLimit: 'end-oldest', channelId: 'c', device: 'radio' })
    const first = await open()
    expect(await keep(other, 'a')).toBe('kept')
    expect(one.ended).toEqual([first])
    expect(await open()).toBeDefined()
    expect(await keep(other, 'a')).toBe('ended')
  })

  test('leaves no trace of players taken over long ago', async () => {
    const edge = await startEdge()
    const { redis, keys } = fixture
    const keep = newPlayers()
    const holders = keys.userStreamHolders(currentUser())
    for (const player of ['a', 'b', 'c']) await keep(edge, player)
    const ended = JSON.parse((await redis.hget(holders, 'c/a'))!) as { readonly refused_until: number }
    expect(ended.refused_until).toBeGreaterThan(0)
    await redis.hset(holders, 'c/a', JSON.stringify({ ...ended, refused_until: 1 }))
    await keep(edge, 'd')
    expect((await redis.hkeys(holders)).sort()).toEqual(['c/b', 'c/c', 'c/d'])
  })
})
