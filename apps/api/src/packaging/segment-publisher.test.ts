import { expect, test } from '@jest/globals'
import { createMemorySegmentLists } from '../../test-support/memory-segment-lists.ts'
import { addSegment, lastNumber, type SegmentList } from './segment-list.ts'
import { SegmentPublisher } from './segment-publisher.ts'

const facts = { codecs: undefined, width: undefined, height: undefined, framesPerSecond: undefined }
const NOW_S = Date.UTC(2026, 0) / 1_000

/** So many segments of four seconds. */
function listOf(count: number): SegmentList {
  let list: SegmentList | undefined
  for (let index = 0; index < count; index++) {
    const cut = {
      ticks: index * 360_000,
      durationTicks: 360_000,
      bytes: 1,
      checksum: 1,
      isIndependent: true,
      tracks: '',
      facts,
    }
    list = addSegment(list, cut, { number: 100, targetSeconds: 6, atMs: 0 })
  }
  return list!
}

/** Redis, and nodes that share it. */
function createRedis() {
  const { lists, state } = createMemorySegmentLists(NOW_S)
  const publishers: SegmentPublisher[] = []
  const relay = { handedOn: (): Promise<void> => Promise.resolve() }
  const node = () => {
    const offered: number[] = []
    const publisher = new SegmentPublisher({
      channelId: 'c',
      lists,
      incarnation: () => 'one',
      wallMs: () => NOW_S * 1_000,
      handedOn: () => relay.handedOn(),
      async askLeader() {
        const leader = publishers.find((one) => one.isLeading(state.term))
        return leader && JSON.stringify(leader.list)
      },
      onList: (list) => void offered.push(lastNumber(list)),
    })
    publishers.push(publisher)
    return { publisher, offered }
  }
  return { state, node, relay }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A leader in this term, and a follower that has read its three segments. */
async function createPair(term: number) {
  const { state, node } = createRedis()
  const [leader, follower] = [node(), node()]
  await leader.publisher.claim(term)
  leader.publisher.publish(listOf(3))
  await settle()
  await follower.publisher.read()
  return { state, node, leader, follower }
}

test('players are offered only segments that other nodes have', async () => {
  const { state, node, relay } = createRedis()
  const { promise, resolve } = Promise.withResolvers<void>()
  relay.handedOn = () => promise
  const leader = node()
  await leader.publisher.claim(1)
  leader.publisher.publish(listOf(1))
  await settle()
  expect([state.list, leader.offered]).toEqual([undefined, []])
  resolve()
  await settle()
  expect(leader.offered).toEqual([100])
})

test('a list is offered once all nodes can read it', async () => {
  const { state, node } = createRedis()
  const [leader, follower] = [node(), node()]
  expect(await leader.publisher.claim(1)).toBe(true)
  leader.publisher.publish(listOf(1))
  expect(leader.publisher.list).toBeUndefined()
  await settle()
  expect(leader.offered).toEqual([100])
  await follower.publisher.read()
  expect(follower.publisher.list).toEqual(JSON.parse(state.list!.text))
})

test('the next leader continues the list, and the former one can neither write nor offer another', async () => {
  const { node } = createRedis()
  const [former, next] = [node(), node()]
  await former.publisher.claim(1)
  former.publisher.publish(listOf(2))
  await settle()
  await next.publisher.claim(2)
  expect(lastNumber(next.publisher.newest)).toBe(101)
  former.publisher.publish(listOf(3))
  await settle()
  expect(former.offered).toEqual([101])
  expect(former.publisher.isLeading(1)).toBe(false)
  next.publisher.publish(listOf(3))
  await settle()
  expect(next.offered).toEqual([101, 102])
})

test('a leader whose claim is late gets no list', async () => {
  const { node } = createRedis()
  await node().publisher.claim(2)
  const late = node()
  expect(await late.publisher.claim(1)).toBe(false)
  expect(late.publisher.isLeading(1)).toBe(false)
})

test('while Redis is away the leader offers its own list, and writes it when Redis is back', async () => {
  const { state, node } = createRedis()
  const { publisher, offered } = node()
  await publisher.claim(1)
  publisher.publish(listOf(1))
  await settle()
  state.isAway = true
  publisher.publish(listOf(2))
  await settle()
  expect(offered).toEqual([100, 101])
  Object.assign(state, { isAway: false, term: 0, list: undefined })
  publisher.repeat()
  await settle()
  expect(JSON.parse(state.list!.text)).toMatchObject({ segments: [{ number: 100 }, { number: 101 }] })
})

test('while Redis is away the other nodes offer what the leader offers', async () => {
  const { state, node } = createRedis()
  const [leader, follower] = [node(), node()]
  await leader.publisher.claim(1)
  leader.publisher.publish(listOf(1))
  await settle()
  await follower.publisher.read()
  state.isAway = true
  leader.publisher.publish(listOf(3))
  await settle()
  await follower.publisher.read()
  expect([leader.offered, follower.offered]).toEqual([
    [100, 102],
    [100, 102],
  ])
})

test('a list never goes back, whatever Redis holds', async () => {
  const { state, node } = createRedis()
  const { publisher, offered } = node()
  for (const count of [3, 2, 4]) {
    state.list = { text: JSON.stringify(listOf(count)), incarnation: 'other' }
    await publisher.read()
  }
  state.list = { text: '{"segments":"none"}', incarnation: 'other' }
  await publisher.read()
  state.list = undefined
  await publisher.read()
  expect(offered).toEqual([102, 103])
})

test('the end that the leader writes reaches nodes that have the list, and is past for others', async () => {
  const { state, node, leader, follower } = await createPair(1)
  const stranger = node()
  leader.publisher.end()
  await settle()
  for (const { publisher } of [follower, stranger]) await publisher.read()
  expect([follower.offered, stranger.offered]).toEqual([[102, 102], []])
  expect(follower.publisher.list?.endedAtMs).toBe(NOW_S * 1_000)
  // An older reading does not revive it.
  state.list = { text: JSON.stringify(listOf(3)), incarnation: 'one' }
  await follower.publisher.read()
  expect(follower.publisher.list?.endedAtMs).toBeDefined()
  // The next leader continues it.
  Object.assign(state, { term: 2, list: { text: JSON.stringify(listOf(4)), incarnation: 'one' } })
  await follower.publisher.read()
  expect(follower.publisher.list?.endedAtMs).toBeUndefined()
})

test('what a node has ended stays ended, though the leader writes the end after another segment', async () => {
  const { state, leader, follower } = await createPair(1)
  leader.publisher.publish(listOf(4))
  await settle()
  follower.publisher.end()
  await follower.publisher.read()
  expect(follower.publisher.list).toEqual({ ...listOf(4), endedAtMs: NOW_S * 1_000 })
  // Nor does it return once it is opened again here.
  follower.publisher.restart()
  state.list = { text: JSON.stringify(listOf(5)), incarnation: 'one' }
  await follower.publisher.read()
  expect(follower.publisher.list).toBeUndefined()
})

test('a channel that another node has reopened goes on here, even if Redis has lost its terms', async () => {
  const { state, follower } = await createPair(5)
  follower.publisher.end()
  const [, , , ...segments] = listOf(5).segments
  const reopened = { ...listOf(5), segments }
  Object.assign(state, { term: 1, list: { text: JSON.stringify(reopened), incarnation: 'one' } })
  await follower.publisher.read()
  expect(follower.publisher.list).toEqual(reopened)
})

test('every reader gets what was written before it asked, with few reads', async () => {
  const { state, node } = createRedis()
  const { publisher } = node()
  const first = publisher.read()
  const others = Array.from({ length: 100 }, () => publisher.read())
  state.list = { text: JSON.stringify(listOf(1)), incarnation: 'other' }
  await Promise.all([first, ...others])
  expect(lastNumber(publisher.list)).toBe(100)
  expect(state.reads).toBe(2)
})

test('a remade list is offered once it has caught up, and nobody sees a shorter one', async () => {
  const { state, node } = createRedis()
  const [former, next, follower] = [node(), node(), node()]
  await former.publisher.claim(1)
  former.publisher.publish(listOf(4))
  await settle()
  await follower.publisher.read()
  await next.publisher.claim(2)
  next.publisher.forgetFrom(102)
  expect(lastNumber(next.publisher.newest)).toBe(101)
  const again = listOf(4).segments.map((one) => (one.number < 102 ? one : { ...one, checksum: 2 }))
  const publish = (count: number): void => next.publisher.publish({ ...listOf(4), segments: again.slice(0, count) })
  publish(3)
  await settle()
  next.publisher.repeat()
  await settle()
  expect(state.list!.text).toBe(JSON.stringify(listOf(4)))
  publish(4)
  await settle()
  await follower.publisher.read()
  for (const { publisher } of [next, follower])
    expect(publisher.list!.segments.map(({ checksum }) => checksum)).toEqual([1, 1, 2, 2])
})
