import { expect, test } from '@jest/globals'
import { createFakeFfmpeg, type FakeFfmpeg } from '../../test-support/fake-ffmpeg.ts'
import { CLIENT, createHlsNode as createNode, listOf, NOW_S } from '../../test-support/hls-node.ts'
import { EdgeEvents } from '../events/edge-events.ts'
import type { StartFfmpeg } from './fmp4/fmp4-maker.ts'
import { isSegment, type SegmentBytes } from './fragment-log.ts'
import { hlsTiming } from './hls-timing.ts'
import { firstNumber } from './segment-list.ts'

test('the first request is answered with the first segment, half as long as the others', async () => {
  const { tv, channel, play } = createNode()
  const listing = listOf(channel)
  await play(3)
  const { segments } = await listing
  expect(segments).toMatchObject([
    { number: firstNumber(NOW_S), durationTicks: 90_000, isIndependent: true, breaks: 0 },
  ])
  channel.close()
  await tv.stop()
})

test('segments follow each other without a gap, and each matches its list entry', async () => {
  const { tv, channel, play } = createNode()
  await play(15)
  const { segments } = await listOf(channel)
  expect(segments.length).toBeGreaterThanOrEqual(6)
  for (const [index, record] of segments.entries()) {
    const parts: SegmentBytes | undefined = await channel.segment(record.number, 'ts')
    expect(isSegment(parts!, record)).toBe(true)
    const next = segments[index + 1]
    if (next !== undefined) expect(record.ticks + record.durationTicks).toBe(next.ticks)
  }
  expect(await channel.segment(segments[0]!.number - 1, 'ts')).toBeUndefined()
  expect(await channel.segment(segments.at(-1)!.number + 1, 'ts')).toBeUndefined()
  channel.close()
  await tv.stop()
})

test('memory is bounded, however long the channel plays', async () => {
  const limit = 2 * 1024 * 1024
  const { tv, channel, memory, play } = createNode({ maxBytes: limit })
  for (let turn = 0; turn < 10; turn++) {
    await play(6)
    expect(memory.bytes).toBeLessThanOrEqual(limit)
  }
  const { segments } = await listOf(channel)
  expect(await channel.segment(segments.at(-1)!.number, 'ts')).toBeDefined()
  channel.close()
  expect(memory.bytes).toBe(0)
  await tv.stop()
})

test('a player counts as a viewer; three target durations after its last request nothing is left', async () => {
  const { tv, state, memory, announced, play } = createNode()
  await play(8, 'player-1')
  const [session] = tv.registry.sessions
  expect(session!.viewerCount).toBe(1)
  expect(announced.length).toBeGreaterThan(5)
  expect(state.list).toBeDefined()
  await tv.pass(hlsTiming(2_000).leaseMs + 2_000)
  expect(state.list).toBeUndefined()
  expect(memory.bytes).toBe(0)
  expect(session!.viewers.size).toBe(0)
  await tv.pass(15_000)
  expect(tv.registry.sessions.size).toBe(0)
  expect(tv.state).toMatchObject({ open: 0 })
})

test('a channel that cannot be played says why', async () => {
  const { tv, channel } = createNode({ openSession: async () => ({ refused: 'node-full' }) })
  expect(await channel.list('ts')).toBe('node-full')
  channel.close()
  expect(await channel.list('ts')).toBe('draining')
  await tv.stop()
})

test('ffmpeg runs as long as anyone watches fragmented MP4, and leaves nothing behind', async () => {
  const started: FakeFfmpeg[] = []
  const startFfmpeg: StartFfmpeg = (parameters, outputs) => {
    started.push(createFakeFfmpeg(parameters, outputs))
    return started.at(-1)!.process
  }
  const { tv, channel, memory, announced, fmp4, state, play } = createNode({ startFfmpeg })
  await play(10, 'player-of-ts')
  expect(started).toEqual([])
  channel.heard({ player: 'player', format: 'fmp4', client: CLIENT })
  await play(3, 'player-of-ts')
  expect([started.length, fmp4.term]).toEqual([1, 1])
  expect(started[0]!.given.length).toBeGreaterThanOrEqual(4)
  expect(announced).toContain('channel fmp4')
  await play(hlsTiming(2_000).leaseMs / 1_000, 'player-of-ts')
  expect([started.length, started[0]!.isKilled()]).toEqual([1, true])
  expect([fmp4.list, channel.known('fmp4')]).toEqual([undefined, undefined])
  expect(state.list).toBeDefined()
  await tv.pass(hlsTiming(2_000).leaseMs + 2_000)
  expect([state.list, memory.bytes, started.length]).toEqual([undefined, 0, 1])
  await tv.stop()
})

test('players of fragmented MP4 on another node are served too, and a leaving node forgets them', async () => {
  const started: FakeFfmpeg[] = []
  const startFfmpeg: StartFfmpeg = (parameters, outputs) => {
    started.push(createFakeFfmpeg(parameters, outputs))
    return started.at(-1)!.process
  }
  let isDraining = false
  const { tv, channel, announced, play } = createNode({ startFfmpeg, isDraining: () => isDraining })
  await play(5, 'player')
  channel.wanted('fmp4')
  await play(2, 'player')
  expect(started).toHaveLength(1)
  expect(announced).not.toContain('channel fmp4')
  isDraining = true
  for (let second = 0; second < 12; second++) {
    channel.wanted('fmp4')
    await play(1, 'player')
  }
  expect(started[0]!.isKilled()).toBe(true)
  channel.close()
  await tv.stop()
})

test('a failing ffmpeg does not disturb MPEG-TS, and its players get an error', async () => {
  const failures: string[] = []
  const events = new EdgeEvents()
  events.listen((event) => {
    if (event.type === 'conversion-failed') failures.push(`${event.channelId} ${event.format}`)
  })
  const startFfmpeg = () => {
    const ffmpeg = createFakeFfmpeg()
    ffmpeg.end(1)
    return ffmpeg.process
  }
  const { tv, channel, play } = createNode({ startFfmpeg, events })
  await play(5, 'player')
  const answer = channel.list('fmp4-aac')
  await play(30, 'player')
  expect(await answer).toBe('conversion-failing')
  expect(failures.length).toBeGreaterThan(2)
  expect(failures.length).toBeLessThan(8)
  expect(new Set(failures)).toEqual(new Set(['channel fmp4-aac']))
  expect((await listOf(channel)).segments.length).toBeGreaterThan(10)
  channel.close()
  await tv.stop()
})
