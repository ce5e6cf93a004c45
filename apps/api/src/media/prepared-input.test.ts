import { expect, test } from '@jest/globals'
import { createTransportStreamChecker, createTransportStreamMaker } from '@kptv/testkit'
import { createCollectedOutput } from '../../test-support/collected-output.ts'
import { PreparedInput } from './prepared-input.ts'

const clock = { monotonicMs: 0 }
const pieces = (() => {
  const maker = createTransportStreamMaker()
  return Array.from({ length: 60 }, () => maker.next(100))
})()
const media = (from: number, to: number): Buffer => Buffer.concat(pieces.slice(from, to))

/** An output that already had the first pieces, by relay. */
function followerUpTo(piece: number) {
  const leader = createCollectedOutput()
  const follower = createCollectedOutput()
  const checker = createTransportStreamChecker()
  leader.output.startInput({ streamId: 'news', offsetTicks: 0 })
  const relay = (packets: Buffer): void => {
    leader.output.push(packets)
    const { origin, place: state } = leader.output
    follower.output.handOn({ packets: leader.take(), joinPoints: [0], origin, state, isNew: false })
    checker.push(follower.take())
  }
  relay(media(0, piece))
  return { output: follower.output, take: follower.take, checker, relay }
}

test('is ready when it reaches the place that viewers have reached, and continues right there', () => {
  const { output, take, checker, relay } = followerUpTo(30)
  const prepared = new PreparedInput({ streamId: 'news' }, () => clock.monotonicMs)
  prepared.push(media(30, 38))
  expect(prepared.isReady(output)).toBe(false)
  expect(prepared.isRepeating).toBe(false)
  prepared.push(media(38, 45))
  // It begins after the last media of the relay, which has not got that far yet.
  expect(prepared.isReady(output)).toBe(false)
  relay(media(30, 43))
  expect(prepared.isReady(output)).toBe(true)
  prepared.joinTo(output)
  prepared.push(media(45, 60))
  checker.push(take())
  expect(checker.report()).toMatchObject({ problems: [], sequence: { lost: 0, repeated: 0 } })
})

test('repeats what viewers have seen until it reaches their place, or never does', () => {
  const { output } = followerUpTo(30)
  for (const haste of ['until it is there', 'for a while']) {
    clock.monotonicMs = 0
    const prepared = new PreparedInput({ streamId: 'news' }, () => clock.monotonicMs)
    prepared.push(media(0, 12))
    prepared.isReady(output)
    expect(prepared.isRepeating).toBe(true)
    if (haste === 'for a while') clock.monotonicMs = 2_000
    else prepared.push(media(12, 35))
    prepared.isReady(output)
    expect(prepared.isRepeating).toBe(false)
  }
})

test('a stream that never meets the relayed media is taken at a join point after a while', () => {
  clock.monotonicMs = 0
  const { output } = followerUpTo(55)
  const prepared = new PreparedInput({ streamId: 'news' }, () => clock.monotonicMs)
  prepared.push(media(0, 20))
  expect(prepared.isReady(output)).toBe(false)
  clock.monotonicMs = 2_000
  expect(prepared.isReady(output)).toBe(true)
})

test('waits for a stream that starts three seconds ahead of viewers, and nothing is missing', () => {
  clock.monotonicMs = 0
  const { output, take, checker, relay } = followerUpTo(10)
  const prepared = new PreparedInput({ streamId: 'news' }, () => clock.monotonicMs)
  prepared.push(media(40, 52))
  for (let piece = 10; !prepared.isReady(output); piece++) {
    expect(piece).toBeLessThan(43)
    clock.monotonicMs += 100
    relay(media(piece, piece + 1))
  }
  prepared.joinTo(output)
  prepared.push(media(52, 60))
  checker.push(take())
  expect(checker.report()).toMatchObject({ problems: [], sequence: { lost: 0, repeated: 0 } })
})

test.each([
  ['further ahead', 50, 100],
  ['ahead, while viewers get nothing more', 40, 0],
])('a stream that is %s is taken at a join point after a while', (_, first, playedMs) => {
  clock.monotonicMs = 0
  const { output, relay } = followerUpTo(10)
  const prepared = new PreparedInput({ streamId: 'news' }, () => clock.monotonicMs)
  prepared.push(media(first, 60))
  let piece = 10
  for (; !prepared.isReady(output) && clock.monotonicMs < 10_000; clock.monotonicMs += 100)
    if (playedMs > 0) relay(media(piece, ++piece))
  expect(clock.monotonicMs).toBeLessThan(3_600)
})

test('another stream is ready at its first join point, if players can continue with its codecs', () => {
  const { output } = followerUpTo(30)
  const other = createTransportStreamMaker()
  const prepared = new PreparedInput({ streamId: 'other' }, () => clock.monotonicMs)
  expect(prepared.isReady(output)).toBe(false)
  prepared.push(other.next(1_500))
  expect(prepared.isReady(output)).toBe(true)
  const radio = new PreparedInput({ streamId: 'radio' }, () => clock.monotonicMs)
  radio.push(createTransportStreamMaker({ video: 'none' }).next(1_500))
  expect(radio.isReady(output)).toBe(false)
})

test('media with its own clock is not mistaken for what viewers have seen, however close its times are', () => {
  clock.monotonicMs = 0
  const { output, take, checker } = followerUpTo(30)
  const prepared = new PreparedInput({ streamId: 'news' }, () => clock.monotonicMs)
  prepared.breakInput()
  const other = createTransportStreamMaker({ sourceId: 'connection' })
  prepared.push(other.next(2_500))
  expect(prepared.isReady(output)).toBe(true)
  prepared.joinTo(output)
  const packets = take()
  checker.push(packets)
  // From its first key frame on.
  expect(packets.length).toBeGreaterThan(media(0, 20).length)
  expect(output.origin).toBeUndefined()
  expect(checker.report().problems).toEqual([])
})

test('is taken at the pace of the stream long before too much is kept, wherever viewers are', () => {
  clock.monotonicMs = 0
  const { output } = followerUpTo(30)
  const prepared = new PreparedInput({ streamId: 'news' }, () => clock.monotonicMs)
  prepared.push(media(0, 12))
  const filler = Buffer.concat(
    Array.from({ length: 188 }, () => Buffer.from([0x47, 0x1f, 0xff, 0x10, ...Buffer.alloc(184)])),
  )
  let keptBytes = media(0, 12).length
  while (keptBytes < 15 * 1024 * 1024) {
    prepared.isReady(output)
    if (keptBytes < 4 * 1024 * 1024) expect(prepared.isRepeating).toBe(true)
    if (!prepared.isRepeating) break
    prepared.push(Buffer.from(filler))
    keptBytes += filler.length
  }
  expect(keptBytes).toBeLessThan(9 * 1024 * 1024)
  expect(prepared.isOverfull).toBe(false)
  clock.monotonicMs = 2_000
  expect(prepared.isReady(output)).toBe(true)
})

test('keeps no more than 16 MB', () => {
  const prepared = new PreparedInput({ streamId: 'news' }, () => clock.monotonicMs)
  for (let count = 0; count < 700; count += 1) prepared.push(Buffer.from(media(0, 1)))
  expect(prepared.isOverfull).toBe(700 * media(0, 1).length > 16 * 1024 * 1024)
})
