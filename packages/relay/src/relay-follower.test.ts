import { describe, expect, test } from '@jest/globals'
import { createTransportStreamMaker } from '@kptv/testkit'
import { feedFrom, recordFollower } from '../test-support/follow-recorder.ts'
import { startManualFixture } from '../test-support/manual-fixture.ts'
import { encodeEnd, encodeMedia } from './message-format.ts'

test('a message whose state its reader refuses is dropped and counted, and the genuine one is accepted', async () => {
  const { clock, following, publisher, dropped } = await startManualFixture()
  const recorder = recordFollower(following, 'news', { isState: (state) => state !== 'forged' })
  await clock.advance(5)
  const packets = createTransportStreamMaker().next(100)
  publisher.append({ packets, joinPoints: [0], state: 'forged' })
  publisher.append({ packets, joinPoints: [0], state: 'true' })
  await clock.advance(1_000)
  expect(recorder.states).toEqual(['true'])
  expect(recorder.follower.stats.foreign).toBeGreaterThan(0)
  expect(dropped).toEqual(Array(recorder.follower.stats.foreign).fill('foreign'))
})

describe('a gap', () => {
  test.each([
    ['in the middle', [5, 6, 9]],
    ['every second message', [4, 6, 8, 10, 12]],
    ['just before silence', [20]],
  ])('is repaired: %s', async (_, lost) => {
    const { clock, lose, follow, play, feed } = await startManualFixture()
    const recorder = await follow()
    lose(({ kind, sequence }) => kind === 'media' && lost.includes(sequence))
    await play(2_000)
    await clock.advance(600)
    expect(recorder.bytes().equals(feed.bytes())).toBe(true)
    expect(recorder.events).toEqual([])
    expect(recorder.follower.stats).toMatchObject({ repaired: lost.length, gaps: 0 })
  })

  test('is repaired even when some requests and answers are lost', async () => {
    const { clock, lose, follow, play, feed } = await startManualFixture()
    const recorder = await follow()
    let count = 0
    lose(({ kind }) => (kind === 'media' ? ++count % 4 === 0 : kind !== 'tick' && ++count % 5 === 0))
    await play(6_000)
    await clock.advance(1_000)
    expect(recorder.bytes().equals(feed.bytes())).toBe(true)
    expect(recorder.events).toEqual([])
  })

  test('that nobody repairs breaks the stream after 500 ms; it continues at the next join point', async () => {
    const { clock, lose, follow, play, feed, publisher } = await startManualFixture()
    const recorder = await follow()
    lose(({ kind, sequence }) => kind === 'requests' || (kind === 'media' && sequence === 5))
    await play(900)
    await clock.advance(5)
    expect(recorder.events).toEqual([])
    const before = recorder.counts.bytes
    await play(300)
    expect(recorder.events).toEqual([{ kind: 'interrupted', reason: 'gap', term: 1 }])
    await play(300)
    const join = feed.joinPoints.at(-1)!
    expect(recorder.bytes().subarray(before).equals(feed.bytes().subarray(join))).toBe(true)
    expect(recorder.report().sequence.gaps.every((gap) => gap.resumesAtJoinPoint)).toBe(true)
    expect(recorder.follower.stats).toMatchObject({ gaps: 1 })
    expect(publisher.stats.repairs).toBe(0)
  })

  test('is not given up because this process stalled', async () => {
    const { clock, lose, heal, stall, follow, play, feed } = await startManualFixture()
    const recorder = await follow()
    lose(({ kind, sequence }) => kind === 'requests' || (kind === 'media' && sequence === 5))
    await play(700)
    heal()
    stall(5_000)
    await clock.advance(250)
    expect(recorder.events).toEqual([])
    expect(recorder.bytes().equals(feed.bytes())).toBe(true)
  })

  test('that has left the window is skipped at once, in favour of the newest join point', async () => {
    const { lose, heal, clock, follow, play, feed } = await startManualFixture({
      windowBytes: 300_000,
      heldBytes: 10_000_000,
      repairMs: 60_000,
    })
    const recorder = await follow()
    lose(({ kind, sequence }) => kind === 'requests' || (kind === 'media' && sequence === 5))
    await play(3_500)
    heal()
    await clock.advance(20_000)
    expect(recorder.events).toEqual([{ kind: 'interrupted', reason: 'gap', term: 1 }])
    expect(recorder.bytes().subarray(-1000).equals(feed.bytes().subarray(-1000))).toBe(true)
    const { repeated, outOfOrder, gaps } = recorder.report().sequence
    expect([repeated, outOfOrder, gaps.every((gap) => gap.resumesAtJoinPoint)]).toEqual([0, 0, true])
  })

  test('holds back a bounded number of bytes', async () => {
    const { lose, follow, play } = await startManualFixture({ heldBytes: 60_000, repairMs: 60_000 })
    const recorder = await follow()
    lose(({ kind, sequence }) => kind === 'requests' || (kind === 'media' && sequence === 5))
    await play(800)
    expect(recorder.events).toEqual([{ kind: 'interrupted', reason: 'gap', term: 1 }])
  })
})

describe('a subscription that was cut', () => {
  test('resumes without a gap', async () => {
    const { hub, clock, follow, play, feed } = await startManualFixture()
    const recorder = await follow()
    await play(500)
    hub.cut(800)
    await play(3_000)
    await clock.advance(200)
    expect(recorder.bytes().equals(feed.bytes())).toBe(true)
    expect(recorder.events).toEqual([])
  })

  test('for longer than the window is reported as such, and continues at the newest join point', async () => {
    const { hub, follow, play, feed } = await startManualFixture({ windowBytes: 300_000 })
    const recorder = await follow()
    await play(500)
    const before = feed.bytesSoFar()
    hub.cut(4_000)
    await play(4_700)
    expect(recorder.events).toEqual([{ kind: 'interrupted', reason: 'resubscribed', term: 1 }])
    expect(
      recorder
        .bytes()
        .subarray(before)
        .equals(feed.bytes().subarray(feed.joinPoints.at(-2))),
    ).toBe(true)
  })

  test('that went deaf is renewed after a second of silence', async () => {
    const { hub, lose, heal, follow, play, clock } = await startManualFixture()
    const recorder = await follow()
    await play(300)
    lose(() => true)
    await clock.advance(900)
    const requests = () => hub.published('test:{channel:news}:requests')
    const before = requests()
    await clock.advance(300)
    expect(requests()).toBeGreaterThan(before)
    heal()
    await play(500)
    expect(recorder.events).toEqual([])
  })
})

describe('a follower that joins before anybody leads', () => {
  test('receives the first leader at once, from its first packet', async () => {
    const { clock, leading, following } = await startManualFixture()
    const recorder = recordFollower(following, 'film')
    await clock.advance(700)
    const publisher = leading.publisher('film', 12)
    const feed = feedFrom(publisher)
    feed.append(100)
    await clock.advance(150)
    expect(recorder.bytes().equals(feed.bytes())).toBe(true)
    expect(recorder.events).toEqual([])
  })

  test('a leader without any media yet is alive, and the first join point is the start', async () => {
    const { clock, follow, play, feed } = await startManualFixture()
    const recorder = await follow()
    await clock.advance(3_000)
    expect(recorder.counts.alive).toBeGreaterThan(10)
    expect(recorder.counts.bytes).toBe(0)
    await play(300)
    expect(recorder.bytes().equals(feed.bytes())).toBe(true)
  })
})

test('a join point bigger than the window makes a new follower wait for the next one', async () => {
  const { clock, follow, play, feed } = await startManualFixture({ windowBytes: 60_000 })
  await play(900)
  const recorder = await follow()
  expect(recorder.counts.bytes).toBe(0)
  await play(500)
  await clock.advance(10)
  expect(recorder.bytes().equals(feed.bytes().subarray(feed.joinPoints.at(-1)))).toBe(true)
  expect(recorder.events).toEqual([])
})

test('the end waits for missing messages, and is reported without them if they do not arrive', async () => {
  for (const isRepaired of [true, false]) {
    const { clock, lose, follow, play, feed, publisher } = await startManualFixture()
    const recorder = await follow()
    lose(({ kind, sequence }) => (kind === 'media' && sequence === 5) || (kind === 'requests' && !isRepaired))
    await play(500)
    const ended = publisher.end('over')
    await clock.advance(isRepaired ? 20 : 700)
    await ended
    expect(recorder.events.at(-1)).toEqual({ kind: 'ended', reason: 'over', term: 1 })
    expect(recorder.events).toHaveLength(isRepaired ? 1 : 2)
    expect(recorder.bytes().equals(feed.bytes())).toBe(isRepaired)
  }
})

test.each([
  ['joins', {}],
  ['waits for the next leader', { fromTerm: 1, fromStart: true }],
])('a follower that %s and receives the end first gets the media before it ends', async (_, options) => {
  for (const isRepaired of [true, false]) {
    const { clock, lose, heal, following, play, feed, publisher } = await startManualFixture()
    await play(300)
    lose(({ kind }) => kind === 'repair')
    const recorder = recordFollower(following, 'news', options)
    await clock.advance(5)
    const ended = publisher.end('over')
    await clock.advance(100)
    await ended
    expect(recorder.events).toEqual([])
    if (isRepaired) heal()
    await clock.advance(600)
    expect(recorder.events).toEqual([{ kind: 'ended', reason: 'over', term: 1 }])
    expect(recorder.bytes().equals(isRepaired ? feed.bytes() : Buffer.alloc(0))).toBe(true)
  }
})

test('a follower that joins after the end, and before the publisher is closed, gets the backlog and the end', async () => {
  const { clock, follow, play, feed, publisher } = await startManualFixture()
  await play(300)
  void publisher.end('over')
  await clock.advance(100)
  const recorder = await follow()
  await clock.advance(300)
  expect(recorder.bytes().equals(feed.bytes())).toBe(true)
  expect(recorder.events).toEqual([{ kind: 'ended', reason: 'over', term: 1 }])
})

test('the end is reported once, and nothing of its term after it', async () => {
  const { clock, hub, keys, follow, play, feed, publisher } = await startManualFixture()
  const recorder = await follow()
  await play(300)
  void publisher.end('over')
  await clock.advance(100)
  const packets = createTransportStreamMaker().next(10)
  const late = { kind: 'media', term: 1, sequence: 4, isFlowing: true, isStart: false, joinPoints: [] } as const
  void hub.publish(keys.channelMedia('news'), encodeMedia(late, [packets]))
  void hub.publish(keys.channelMedia('news'), encodeEnd({ term: 1, sequence: 4, reason: 'again' }))
  await clock.advance(1_000)
  expect(recorder.events).toEqual([{ kind: 'ended', reason: 'over', term: 1 }])
  expect(recorder.bytes().equals(feed.bytes())).toBe(true)
})

test('after the end only a higher term is accepted', async () => {
  const { clock, leading, follow, play, publisher } = await startManualFixture()
  const recorder = await follow()
  await play(300)
  void publisher.end('over')
  await clock.advance(500)
  const next = leading.publisher('news', 2)
  await clock.advance(500)
  next.append({ packets: createTransportStreamMaker().next(100), joinPoints: [0] })
  await clock.advance(200)
  expect(recorder.events).toEqual([
    { kind: 'ended', reason: 'over', term: 1 },
    { kind: 'interrupted', reason: 'new-term', term: 2 },
  ])
  expect(recorder.follower.term).toBe(2)
})

test('a follower may close itself in any of its callbacks', async () => {
  const { clock, following, play, publisher } = await startManualFixture()
  for (const callback of ['media', 'alive', 'ended'] as const) {
    let calls = 0
    const count = () => {
      calls++
      void follower.close()
    }
    const handlers = { media() {}, interrupted() {}, ended() {}, alive() {}, [callback]: count }
    const follower = following.follow('news', handlers)
    await play(500)
    if (callback === 'ended') await Promise.all([publisher.end('over'), clock.advance(100)])
    await clock.advance(2_000)
    expect([callback, calls]).toEqual([callback, 1])
  }
})
