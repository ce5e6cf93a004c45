import { expect, test } from '@jest/globals'
import { createTransportStreamMaker } from '@kptv/testkit'
import { recordFollower } from '../test-support/follow-recorder.ts'
import { startManualFixture } from '../test-support/manual-fixture.ts'
import type { PublishedMedia } from './relay.ts'

/**
 * A publisher of channel `sport` whose media is kept by its session: everything from the newest
 * join point on.
 */
async function startResting() {
  const { clock, hub, keys, leading, following } = await startManualFixture()
  const maker = createTransportStreamMaker()
  const all: Buffer[] = []
  let kept: Buffer[] = []
  let asked = 0
  const backlog = (): readonly PublishedMedia[] => {
    asked += 1
    return kept.length === 0 ? [] : [{ packets: Buffer.concat(kept), joinPoints: [0], state: { behind: all.length } }]
  }
  const publisher = leading.publisher('sport', 1, { backlog })
  await clock.advance(1)
  return {
    clock,
    hub,
    keys,
    publisher,
    asked: () => asked,
    follow: () => recordFollower(following, 'sport'),
    /** In pieces of 100 ms whose memory is reused. */
    async play(ms: number) {
      for (let played = 0; played < ms; played += 100) {
        const { bytes, joinOffsets } = maker.nextChunk(100)
        all.push(Buffer.from(bytes))
        const joinPoint = joinOffsets.at(-1)
        if (joinPoint === undefined) kept.push(Buffer.from(bytes))
        else kept = [Buffer.from(bytes.subarray(joinPoint))]
        publisher.append({ packets: bytes, joinPoints: joinOffsets, state: { behind: all.length } })
        bytes.fill(0)
        await clock.advance(100)
      }
    },
    from: (bytes: Buffer) => Buffer.concat(all).indexOf(bytes.subarray(0, 10 * 188)),
    all: () => Buffer.concat(all),
  }
}

test('while nobody follows keeps nothing, and ignores appended packets', async () => {
  const { publisher, play, hub, keys } = await startResting()
  expect(publisher.isResting).toBe(false)
  await play(5_000)
  expect(publisher.isResting).toBe(true)
  const before = hub.published(keys.channelMedia('sport'))
  await play(10_000)
  // Once a second, whether anybody follows by now.
  expect(hub.published(keys.channelMedia('sport')) - before).toBe(10)
  expect(() => publisher.append({ packets: Buffer.alloc(7), joinPoints: [] })).not.toThrow()
})

test('a new follower gets what the session keeps, and everything after it, each once', async () => {
  const { publisher, play, follow, from, all, asked } = await startResting()
  await play(5_350)
  const recorder = follow()
  await play(3_000)
  expect(publisher.isResting).toBe(false)
  expect(recorder.events).toEqual([])
  const begun = from(recorder.bytes())
  expect(begun).toBeGreaterThan(0)
  expect(recorder.bytes().equals(all().subarray(begun, begun + recorder.counts.bytes))).toBe(true)
  expect(recorder.counts.bytes + begun).toBeGreaterThan(all().length - 30_000)
  expect(recorder.report().problems).toEqual([])
  // The second one is served from what was sent to the first.
  const second = follow()
  await play(500)
  expect(second.report().problems).toEqual([])
  expect(asked()).toBe(1)
})

test('a follower that returns within ten seconds misses nothing; a later one learns that something is missing', async () => {
  const { clock, hub, publisher, play, follow, all, from } = await startResting()
  const recorder = follow()
  await clock.advance(50)
  await play(2_000)
  for (const [awayMs, events] of [
    [4_000, []],
    [25_000, [expect.objectContaining({ kind: 'interrupted' })]],
  ] as const) {
    hub.set({ isAway: true })
    await play(awayMs)
    hub.set({ isAway: false })
    await play(3_000)
    expect([awayMs, recorder.events]).toEqual([awayMs, events])
  }
  expect(publisher.isResting).toBe(false)
  expect(from(recorder.bytes())).toBeGreaterThanOrEqual(0)
  expect(all().subarray(-30_000).includes(recorder.bytes().subarray(-188))).toBe(true)
})
