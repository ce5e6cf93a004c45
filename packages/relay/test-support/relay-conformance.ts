import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { createTransportStreamMaker, eventually } from '@kptv/testkit'
import { encodeMedia } from '../src/message-format.ts'
import { feedFrom, recordFollower } from './follow-recorder.ts'
import type { RelayFixture } from './relay-fixture.ts'

/** What every implementation of the relay must do, in real time. */
export function describeRelay(name: string, startFixture: () => Promise<RelayFixture>): void {
  describe(name, () => {
    test('carries all packets in order, each once, with their join points', async () => {
      await using fixture = await startFixture()
      const [leading, following] = [await fixture.relay(), await fixture.relay()]
      const publisher = leading.publisher('news', 7)
      const recorder = recordFollower(following, 'news')
      await eventually('the leader sees its follower', () => publisher.followers === 1)
      const feed = feedFrom(publisher)
      for (let piece = 0; piece < 100; piece++) {
        feed.append(50)
        await sleep(2)
      }
      await eventually('all bytes came', () => recorder.counts.bytes === feed.bytesSoFar())
      expect(recorder.bytes().equals(feed.bytes())).toBe(true)
      expect(recorder.joinPoints).toEqual(feed.joinPoints)
      expect(recorder.events).toEqual([])
      expect(recorder.report()).toMatchObject({ problems: [], sequence: { lost: 0, repeated: 0, outOfOrder: 0 } })
      expect(recorder.follower.term).toBe(7)
    })

    test('a new follower starts at the newest join point at once, and continues without a gap or repeat', async () => {
      await using fixture = await startFixture()
      const [leading, following] = [await fixture.relay(), await fixture.relay()]
      const publisher = leading.publisher('news', 1)
      const feed = feedFrom(publisher)
      feed.append(2_600)
      const start = feed.joinPoints.at(-1)!
      const recorder = recordFollower(following, 'news')
      // Media continues while the backlog is on its way.
      for (let piece = 0; piece < 20; piece++) {
        feed.append(20)
        await sleep(3)
      }
      await eventually('all came', () => recorder.counts.bytes === feed.bytesSoFar() - start)
      expect(recorder.bytes().equals(feed.bytes().subarray(start))).toBe(true)
      expect(recorder.report()).toMatchObject({ problems: [], start: { mediaPacketsBeforeKeyFrame: 0 } })
      expect(recorder.events).toEqual([])
    })

    test('a higher term interrupts, and no media of the lower one arrives after it', async () => {
      await using fixture = await startFixture()
      const [first, second, following] = [await fixture.relay(), await fixture.relay(), await fixture.relay()]
      const old = first.publisher('news', 5)
      const recorder = recordFollower(following, 'news')
      const oldFeed = feedFrom(old, createTransportStreamMaker({ sourceId: 'old' }))
      oldFeed.append(300)
      await eventually('the old leader is heard', () => recorder.counts.bytes === oldFeed.bytesSoFar())

      const newFeed = feedFrom(second.publisher('news', 6), createTransportStreamMaker({ sourceId: 'new' }))
      for (let piece = 0; piece < 20; piece++) {
        oldFeed.append(20)
        newFeed.append(20)
        await sleep(10)
      }
      const before = recorder.bytes().length - newFeed.bytesSoFar()
      await eventually('all of the new one came', () =>
        recorder.bytes().subarray(-newFeed.bytesSoFar()).equals(newFeed.bytes()),
      )
      expect(recorder.events).toEqual([{ kind: 'interrupted', reason: 'new-term', term: 6 }])
      expect(oldFeed.bytes().subarray(0, before).equals(recorder.bytes().subarray(0, before))).toBe(true)
      expect(recorder.report().sequence.switches).toHaveLength(1)
      expect(recorder.follower.stats.stale).toBeGreaterThan(0)
    })

    test('a follower gets the whole of a new term, with its origin, even what lies before the newest join point', async () => {
      await using fixture = await startFixture()
      const [first, second, following] = [await fixture.relay(), await fixture.relay(), await fixture.relay()]
      const recorder = recordFollower(following, 'news')
      const oldFeed = feedFrom(first.publisher('news', 5))
      oldFeed.append(300)
      await eventually('the old leader is heard', () => recorder.counts.bytes === oldFeed.bytesSoFar())
      const old = recorder.counts.bytes
      const next = second.publisher('news', 6)
      const media = createTransportStreamMaker().nextChunk(3_500)
      expect(media.joinOffsets.length).toBeGreaterThan(2)
      const origin = { streamId: '0123456789abcdef', offsetTicks: 4711 }
      const state = { position: 7, counters: [1, 2] }
      next.append({ packets: media.bytes, joinPoints: media.joinOffsets, origin, state })
      await eventually('all of the new one came', () => recorder.counts.bytes === old + media.bytes.length)
      expect(recorder.bytes().subarray(old).equals(media.bytes)).toBe(true)
      expect(recorder.origins).toEqual([undefined, origin])
      // It arrives in several messages, of which only the last ends where the piece does.
      expect(recorder.states.filter((one) => one !== undefined)).toEqual([state])
      next.append({ packets: media.bytes, joinPoints: [], origin: { ...origin, offsetTicks: 0 } })
      await eventually('the origin has changed', () => recorder.origins.length === 3)
    })

    test('a follower that waits for the next leader receives nothing from the present one, and everything from the next', async () => {
      await using fixture = await startFixture()
      const [first, second, following] = [await fixture.relay(), await fixture.relay(), await fixture.relay()]
      const present = feedFrom(first.publisher('news', 5))
      present.append(300)
      const recorder = recordFollower(following, 'news', { fromTerm: 6, fromStart: true })
      await eventually('the present leader was refused', () => recorder.follower.stats.stale > 0)
      const feed = feedFrom(second.publisher('news', 7))
      feed.append(3_500)
      await eventually('the next one is taken', () => recorder.counts.bytes === feed.bytesSoFar())
      expect(recorder.bytes().equals(feed.bytes())).toBe(true)
      expect(recorder.events).toEqual([])
    })

    test('a follower that knows the term accepts no lower one', async () => {
      await using fixture = await startFixture()
      const [first, second, following] = [await fixture.relay(), await fixture.relay(), await fixture.relay()]
      feedFrom(first.publisher('news', 5)).append(300)
      const recorder = recordFollower(following, 'news', { fromTerm: 6 })
      await eventually('the old leader was refused', () => recorder.follower.stats.stale > 0)
      const feed = feedFrom(second.publisher('news', 6))
      feed.append(300)
      await eventually('the new one is taken', () => recorder.counts.bytes === feed.bytesSoFar())
      expect(recorder.bytes().equals(feed.bytes())).toBe(true)
      expect(recorder.events).toEqual([])
    })

    test('last words reach all followers, after the last packet', async () => {
      await using fixture = await startFixture()
      const [leading, one, other] = [await fixture.relay(), await fixture.relay(), await fixture.relay()]
      const publisher = leading.publisher('news', 3)
      const recorders = [recordFollower(one, 'news'), recordFollower(other, 'news')]
      await eventually('both follow', () => publisher.followers === 2)
      const feed = feedFrom(publisher)
      feed.append(400)
      await publisher.end('streams-exhausted')
      publisher.append({ packets: createTransportStreamMaker().next(100), joinPoints: [] })
      for (const recorder of recorders) {
        await eventually('it ended', () => recorder.events.length > 0)
        expect(recorder.events).toEqual([{ kind: 'ended', reason: 'streams-exhausted', term: 3 }])
        expect(recorder.bytes().equals(feed.bytes())).toBe(true)
      }
      await expect(publisher.end('again')).resolves.toBeUndefined()
    })

    test('a cut subscription resumes without a hole', async () => {
      await using fixture = await startFixture()
      const [leading, following] = [await fixture.relay(), await fixture.relay()]
      const publisher = leading.publisher('news', 1)
      const recorder = recordFollower(following, 'news')
      await eventually('it follows', () => publisher.followers === 1)
      const feed = feedFrom(publisher)
      for (let piece = 0; piece < 120; piece++) {
        if (piece % 40 === 20) await fixture.cutSubscribers()
        feed.append(20)
        await sleep(10)
      }
      await eventually('all bytes came', () => recorder.counts.bytes === feed.bytesSoFar())
      expect(recorder.bytes().equals(feed.bytes())).toBe(true)
      expect(recorder.events).toEqual([])
      expect(recorder.follower.stats.repaired).toBeGreaterThan(0)
    })

    test('foreign messages are counted and dropped', async () => {
      await using fixture = await startFixture()
      const [leading, following] = [await fixture.relay(), await fixture.relay()]
      const publisher = leading.publisher('news', 9)
      const recorder = recordFollower(following, 'news')
      const feed = feedFrom(publisher)
      feed.append(100)
      await eventually('it follows', () => recorder.counts.bytes > 0)
      const packets = createTransportStreamMaker().next(10)
      const media = { kind: 'media', term: 9, sequence: 2, isFlowing: true, isStart: false, joinPoints: [] } as const
      const damaged = [
        Buffer.alloc(0),
        Buffer.from('hello'),
        packets,
        encodeMedia(media, [packets]).subarray(0, -1),
        encodeMedia(media, [packets]).fill(7, 2, 3),
      ]
      for (const bytes of damaged) {
        await fixture.publish(fixture.keys.channelMedia('news'), bytes)
        await fixture.publish(fixture.keys.channelRequests('news'), bytes)
      }
      feed.append(100)
      await eventually('all came', () => recorder.counts.bytes === feed.bytesSoFar())
      expect(recorder.bytes().equals(feed.bytes())).toBe(true)
      expect(recorder.follower.stats.foreign).toBe(damaged.length)
    })

    test('50 channels do not disturb each other', async () => {
      await using fixture = await startFixture()
      const [leading, following] = [await fixture.relay(), await fixture.relay()]
      const channels = Array.from({ length: 50 }, (_, index) => {
        const publisher = leading.publisher(`channel-${index}`, 1)
        const maker = createTransportStreamMaker({ streamId: `c${index}`, bitsPerSecond: 500_000 })
        const recorder = recordFollower(following, `channel-${index}`)
        return { publisher, feed: feedFrom(publisher, maker), recorder }
      })
      await eventually('all are followed', () => channels.every(({ publisher }) => publisher.followers === 1))
      for (let piece = 0; piece < 20; piece++) {
        for (const { feed } of channels) feed.append(40)
        await sleep(20)
      }
      await eventually('all bytes of all came', () =>
        channels.every(({ recorder, feed }) => recorder.counts.bytes === feed.bytesSoFar()),
      )
      for (const { recorder, feed } of channels) {
        expect(recorder.bytes().equals(feed.bytes())).toBe(true)
        expect(recorder.events).toEqual([])
      }
    })

    test('a closed follower receives nothing more, and the leader stops sending media', async () => {
      await using fixture = await startFixture()
      const [leading, following] = [await fixture.relay(), await fixture.relay()]
      const publisher = leading.publisher('news', 1)
      const recorder = recordFollower(following, 'news')
      const feed = feedFrom(publisher)
      feed.append(100)
      await eventually('it follows', () => recorder.counts.bytes === feed.bytesSoFar())
      await recorder.follower.close()
      await eventually('the leader knows', () => publisher.followers === 0)
      const { published } = publisher.stats
      feed.append(1000)
      await sleep(150)
      expect(publisher.stats.published).toBe(published)
      expect(recorder.counts.bytes).toBeLessThan(feed.bytesSoFar())
      const again = recordFollower(following, 'news')
      const newest = feed.bytes().subarray(feed.joinPoints.at(-1))
      await eventually('a returning follower gets what there is', () => again.counts.bytes >= newest.length)
      // From the newest join point on.
      expect(again.bytes().equals(newest)).toBe(true)
    })

    test('a publisher recreated in its term makes followers start over', async () => {
      await using fixture = await startFixture()
      const [leading, following] = [await fixture.relay(), await fixture.relay()]
      const publisher = leading.publisher('news', 4)
      const recorder = recordFollower(following, 'news')
      const feed = feedFrom(publisher)
      feed.append(300)
      await eventually('it follows', () => recorder.counts.bytes === feed.bytesSoFar())
      expect(() => leading.publisher('news', 4)).toThrow(/already has a publisher/)
      await publisher.close()
      const next = feedFrom(leading.publisher('news', 4), createTransportStreamMaker({ sourceId: 'next' }))
      next.append(300)
      await eventually('it continues', () => recorder.counts.bytes === feed.bytesSoFar() + next.bytesSoFar())
      expect(recorder.events).toEqual([{ kind: 'interrupted', reason: 'gap', term: 4 }])
    })
  })
}
