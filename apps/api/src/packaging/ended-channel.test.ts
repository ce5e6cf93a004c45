import { expect, test } from '@jest/globals'
import { createFakeFfmpeg, type FakeFfmpeg } from '../../test-support/fake-ffmpeg.ts'
import { CLIENT, createHlsNode, listOf, NOW_S } from '../../test-support/hls-node.ts'
import { hlsTiming } from './hls-timing.ts'
import { addSegment, type CutSegment, lastNumber, readSegmentList } from './segment-list.ts'

const CUT: CutSegment = {
  ticks: 0,
  durationTicks: 360_000,
  bytes: 1,
  checksum: 1,
  isIndependent: true,
  tracks: '',
  facts: { codecs: undefined, width: undefined, height: undefined, framesPerSecond: undefined },
}

type HlsNode = ReturnType<typeof createHlsNode>

/** What all nodes can read. */
const writtenBy = ({ state }: HlsNode) => readSegmentList(state.list?.text ?? '')

async function stopped({ tv }: HlsNode): Promise<void> {
  const [session] = tv.registry.sessions
  await Promise.all([session!.stop(), tv.settle()])
}

async function outranked({ tv }: HlsNode): Promise<void> {
  const [session] = tv.registry.sessions
  tv.state.slots.add('of a user with a higher priority')
  session!.slotLost(true)
  while (tv.registry.sessions.size > 0) await tv.clock.advance(1_000)
}

test.each([
  { how: 'that an order stops', end: stopped },
  { how: 'whose connection is taken for another one', end: outranked },
])('a channel $how ends for its players on all nodes, and is not restarted', async ({ end }) => {
  const node = createHlsNode()
  const { tv, channel, memory, play } = node
  await play(10, 'player')
  const last = lastNumber(await listOf(channel))
  await end(node)
  expect(writtenBy(node)).toMatchObject({ endedAtMs: NOW_S * 1_000 })
  const ended = await listOf(channel)
  expect(ended.endedAtMs).toBeDefined()
  expect(lastNumber(ended)).toBeGreaterThanOrEqual(last)
  expect(await channel.segment(last, 'ts')).toBeDefined()
  await play(5, 'player')
  channel.wanted('ts')
  expect([tv.registry.sessions.size, tv.state.opened]).toEqual([0, 1])
  await tv.pass(hlsTiming(2_000).leaseMs + 2_000)
  expect(memory.bytes).toBe(0)
  expect(writtenBy(node)?.endedAtMs).toBeDefined()
  await tv.stop()
})

test('a player that opens it gets new segments, with higher numbers and no end', async () => {
  const node = createHlsNode()
  const { tv, channel, play } = node
  await play(10, 'player')
  await stopped(node)
  const last = lastNumber(writtenBy(node))
  channel.restart()
  const listing = listOf(channel)
  await play(5, 'other-player')
  const { segments, endedAtMs } = await listing
  expect([segments[0]!.number, endedAtMs]).toEqual([last + 1, undefined])
  expect(lastNumber(writtenBy(node))).toBeGreaterThan(last)
  expect(tv.state.opened).toBe(2)
  channel.close()
  await tv.stop()
})

test('a leaving node ends no channel', async () => {
  let isDraining = false
  const node = createHlsNode({ isDraining: () => isDraining })
  await node.play(10, 'player')
  isDraining = true
  await stopped(node)
  expect(writtenBy(node)).toMatchObject({ segments: expect.any(Array) })
  expect(writtenBy(node)?.endedAtMs).toBeUndefined()
  node.channel.close()
  await node.tv.stop()
})

test('a channel stopped before its first segment says so', async () => {
  const node = createHlsNode()
  const answer = node.channel.list('ts')
  await node.tv.settle()
  node.tv.send(500)
  await node.tv.settle()
  await stopped(node)
  expect(await answer).toBe('draining')
  expect(node.tv.state.opened).toBe(1)
  await node.tv.stop()
})

/** The first request of a player that another node has served so far. */
async function joinedLate(node: HlsNode): Promise<void> {
  const text = JSON.stringify(addSegment(undefined, CUT, { number: 100, targetSeconds: 6, atMs: 0 }))
  Object.assign(node.state, { term: 1, list: { text, incarnation: 'other' } })
  node.channel.heard({ player: 'player', format: 'ts', client: CLIENT })
  expect((await listOf(node.channel)).endedAtMs).toBeUndefined()
}

test('a channel is stopped on a node that has the list but no media yet', async () => {
  const node = createHlsNode()
  await joinedLate(node)
  await node.tv.settle()
  await stopped(node)
  expect((await listOf(node.channel)).endedAtMs).toBeDefined()
  await node.play(5, 'player')
  expect([node.tv.registry.sessions.size, node.tv.state.open]).toEqual([0, 0])
  node.channel.close()
  await node.tv.stop()
})

test('a channel is stopped on a node that is still opening it, and keeps no connection', async () => {
  const opening = Promise.withResolvers<void>()
  const node = createHlsNode({ openSession: () => opening.promise.then(() => node.tv.open()) })
  await joinedLate(node)
  node.channel.stop()
  opening.resolve()
  await node.play(5, 'player')
  expect((await listOf(node.channel)).endedAtMs).toBeDefined()
  expect([node.tv.registry.sessions.size, node.tv.state.open]).toEqual([0, 0])
  node.channel.close()
  await node.tv.stop()
})

test('an order that reaches session and players ends the session by its own name', async () => {
  const node = createHlsNode()
  await node.play(5, 'player')
  const [session] = node.tv.registry.sessions
  void session!.stop()
  node.channel.stop()
  await node.tv.settle()
  expect(await session!.ended).toBe('stopped')
  expect((await listOf(node.channel)).endedAtMs).toBeDefined()
  node.channel.close()
  await node.tv.stop()
})

test('a session that began when the leader had not written the end yet keeps no connection after it', async () => {
  const node = createHlsNode()
  await joinedLate(node)
  await node.tv.settle()
  expect(node.tv.state.open).toBe(1)
  const text = JSON.stringify({ ...readSegmentList(node.state.list!.text), endedAtMs: NOW_S * 1_000 })
  Object.assign(node.state, { list: { text, incarnation: 'other' } })
  expect((await listOf(node.channel)).endedAtMs).toBeDefined()
  await node.tv.settle()
  expect([node.tv.registry.sessions.size, node.tv.state.open]).toEqual([0, 0])
  node.channel.close()
  await node.tv.stop()
})

test('its ffmpeg ends with it', async () => {
  const started: FakeFfmpeg[] = []
  const node = createHlsNode({
    startFfmpeg(parameters) {
      started.push(createFakeFfmpeg(parameters))
      return started.at(-1)!.process
    },
  })
  await node.play(10, 'player')
  node.channel.heard({ player: 'player', format: 'fmp4', client: CLIENT })
  await node.play(2, 'player')
  await stopped(node)
  await node.play(5, 'player')
  expect(started.map((ffmpeg) => ffmpeg.isKilled())).toEqual([true])
  node.channel.close()
  await node.tv.stop()
})
