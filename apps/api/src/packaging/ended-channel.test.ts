import { expect, test } from '@jest/globals'
import { createFakeFfmpeg, type FakeFfmpeg } from '../../test-support/fake-ffmpeg.ts'
import { CLIENT, createHlsNode, listOf, NOW_S } from '../../test-support/hls-node.ts'
import { hlsTiming } from './hls-timing.ts'
import { lastNumber, readSegmentList } from './segment-list.ts'

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
])('a channel $how has an end for its players, on all nodes, and is not played again', async ({ end }) => {
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

test('a player that opens it gets new segments, with higher numbers and without an end', async () => {
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

test('a node that leaves ends no channel', async () => {
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

test('a channel that is stopped before its first segment says so', async () => {
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
