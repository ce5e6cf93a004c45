import { describe, expect, test } from '@jest/globals'
import { createKeys } from '@kptv/redis'
import { createManualClock, createRandom, createTransportStreamMaker } from '@kptv/testkit'
import { feedFrom, recordFollower } from '../test-support/follow-recorder.ts'
import { startManualFixture } from '../test-support/manual-fixture.ts'
import { createRelay } from './create-relay.ts'
import { encodeRequest } from './request-format.ts'

describe('batches', () => {
  test('are sent when the first packets have waited 100 ms', async () => {
    const { clock, feed, follow, publisher } = await startManualFixture()
    const recorder = await follow()
    feed.append(20)
    await clock.advance(50)
    feed.append(20)
    await clock.advance(49)
    expect(recorder.counts.bytes).toBe(0)
    await clock.advance(5)
    expect(recorder.counts.bytes).toBe(feed.bytesSoFar())
    expect(publisher.stats.published).toBe(1)
  })

  test('are sent at once when they reach 64 KB, in whole packets', async () => {
    const { clock, feed, follow, publisher } = await startManualFixture()
    const recorder = await follow()
    feed.append(1000)
    await clock.advance(1)
    const batch = Math.floor(65_536 / 188) * 188
    const full = Math.floor(feed.bytesSoFar() / batch)
    expect(publisher.stats.published).toBe(full)
    expect(recorder.counts.bytes).toBe(full * batch)
    await clock.advance(100)
    expect(recorder.bytes().equals(feed.bytes())).toBe(true)
  })

  test('are sent at once when the leader needs to know that followers have them', async () => {
    const { clock, feed, follow, publisher } = await startManualFixture()
    const recorder = await follow()
    feed.append(20)
    const flushed = publisher.flush()
    await clock.advance(1)
    await flushed
    expect(recorder.counts.bytes).toBe(feed.bytesSoFar())
    await publisher.flush()
    expect(publisher.stats.published).toBe(1)
  })

  test('refuses partial packets, and join points beside packets', async () => {
    const { publisher } = await startManualFixture()
    const packets = createTransportStreamMaker().next(10)
    expect(() => publisher.append({ packets: packets.subarray(1), joinPoints: [] })).toThrow(RangeError)
    expect(() => publisher.append({ packets: packets, joinPoints: [1] })).toThrow(RangeError)
    expect(() => publisher.append({ packets: packets, joinPoints: [packets.length] })).toThrow(RangeError)
  })
})

test('sends four ticks a second and nothing else while nobody follows', async () => {
  const { hub, keys, play, publisher } = await startManualFixture()
  await play(10_000)
  expect(hub.published(keys.channelMedia('news'))).toBe(41)
  expect(publisher.stats).toEqual({ published: 0, bytes: 0, dropped: 0, repairs: 0 })
})

test('sends no ticks while media flows, and ticks when there is none', async () => {
  const { clock, hub, keys, follow, play, publisher } = await startManualFixture()
  const recorder = await follow()
  const before = hub.published(keys.channelMedia('news'))
  await play(5_000)
  expect(hub.published(keys.channelMedia('news')) - before).toBe(publisher.stats.published)
  const { alive } = recorder.counts
  await clock.advance(1_000)
  expect(recorder.counts.alive - alive).toBe(4)
})

test('sends nothing once it may not publish: no pending media, ticks, answers or final message', async () => {
  const { clock, hub, keys, leading } = await startManualFixture()
  let isLeader = true
  const publisher = leading.publisher('sport', 1, { mayPublish: () => isLeader })
  const recorder = recordFollower(hub.relay({ keys, incarnation: 'other' }), 'sport')
  await clock.advance(5)
  const feed = feedFrom(publisher)
  feed.append(50)
  isLeader = false
  const before = hub.published(keys.channelMedia('sport'))
  await clock.advance(2_000)
  feed.append(1_000)
  await publisher.end('stopped')
  expect(hub.published(keys.channelMedia('sport'))).toBe(before)
  expect(recorder.counts.bytes).toBe(0)
  expect(publisher.stats.published).toBe(0)
})

describe('a hanging Redis', () => {
  test('receives at most 16 messages; the rest is dropped, counted, and repaired later', async () => {
    const { clock, hub, heal, follow, play, publisher, feed, dropped: reasons } = await startManualFixture()
    const recorder = await follow()
    await play(300)
    hub.set({ isHanging: true })
    await play(3_000)
    const { published, dropped } = publisher.stats
    expect(dropped).toBeGreaterThan(10)
    expect(reasons).toEqual(Array(dropped).fill('unsent'))
    expect(published + dropped).toBeLessThanOrEqual(33)
    heal()
    await clock.advance(600)
    expect(recorder.bytes().equals(feed.bytes())).toBe(true)
    expect(recorder.events).toEqual([])
  })

  test('receives at most the limit in bytes', async () => {
    const { hub, follow, play, publisher } = await startManualFixture({ inFlightBytes: 60_000 })
    await follow()
    await play(100)
    hub.set({ isHanging: true })
    await play(2_000)
    expect(publisher.stats.dropped).toBe(18)
  })

  test('messages never acknowledged are counted as dropped, and repaired', async () => {
    const { clock, hub, heal, follow, play, publisher, feed } = await startManualFixture()
    const recorder = await follow()
    await play(300)
    hub.set({ isAway: true })
    await play(1_000)
    expect(publisher.stats.dropped).toBe(10)
    heal()
    await clock.advance(600)
    expect(recorder.bytes().equals(feed.bytes())).toBe(true)
    void publisher.end('over')
    await clock.advance(10)
    expect(recorder.events).toEqual([{ kind: 'ended', reason: 'over', term: 1 }])
  })
})

describe('requests', () => {
  test('for another term are not answered', async () => {
    const { clock, hub, keys, play, publisher } = await startManualFixture()
    await play(500)
    const request = { from: 0, to: 0, incarnation: 'stranger' }
    void hub.publish(keys.channelRequests('news'), encodeRequest({ ...request, term: 2 }))
    await clock.advance(10)
    expect(hub.published(keys.channelAnswers('news', 'stranger'))).toBe(0)
    void hub.publish(keys.channelRequests('news'), encodeRequest({ ...request, term: 1 }))
    await clock.advance(10)
    expect(hub.published(keys.channelAnswers('news', 'stranger'))).toBeGreaterThan(0)
    expect(publisher.stats.repairs).toBeGreaterThan(0)
  })

  test('repeated while the answer is on its way cost nothing', async () => {
    const { clock, hub, keys, play, publisher } = await startManualFixture()
    await play(900)
    hub.set({ delayMs: 20 })
    for (let count = 0; count < 100; count++) {
      void hub.publish(
        keys.channelRequests('news'),
        encodeRequest({ term: 1, from: 0, to: 0, incarnation: 'stranger' }),
      )
    }
    await clock.advance(500)
    expect(publisher.stats.repairs).toBe(9)
  })
})

test('a closed publisher sends nothing, not even pending media', async () => {
  const { clock, hub, keys, feed, follow, publisher } = await startManualFixture()
  await follow()
  feed.append(50)
  const before = hub.published(keys.channelMedia('news'))
  await publisher.close()
  feed.append(5000)
  await publisher.end('late')
  await clock.advance(5_000)
  expect(hub.published(keys.channelMedia('news'))).toBe(before)
  expect(hub.published(keys.channelAnswers('news', 'following'))).toBeLessThan(3)
})

test('a closed relay refuses, leaves no timer, and answers no late request', async () => {
  const { clock, leading, following, follow, play } = await startManualFixture()
  await follow()
  await play(300)
  await following[Symbol.asyncDispose]()
  await leading[Symbol.asyncDispose]()
  await clock.advance(1)
  expect(clock.pending()).toBe(0)
  expect(() => leading.publisher('news', 2)).toThrow('closed')
  expect(() => following.follow('news', { media() {}, interrupted() {}, ended() {}, alive() {} })).toThrow('closed')
})

test('no message changes before Redis has taken it, nor when that is unknown', async () => {
  const { below: random } = createRandom(5)
  type Sent = { readonly bytes: Buffer; readonly copy: Buffer; readonly answer: PromiseWithResolvers<number> }
  const waiting: Sent[] = []
  const unknown: Sent[] = []
  const transport = {
    publish: (_name: string, bytes: Buffer) => {
      const answer = Promise.withResolvers<number>()
      waiting.push({ bytes, copy: Buffer.from(bytes), answer })
      return answer.promise
    },
    subscribe: () => ({ renew() {}, close: async () => {} }),
    close: async () => {},
  }
  const options = { keys: createKeys('test:'), incarnation: 'one', limits: { windowBytes: 400_000 } }
  await using relay = createRelay(transport, { ...options, clock: createManualClock() })
  const publisher = relay.publisher('news', 1)
  const maker = createTransportStreamMaker()
  for (let count = 0; count < 500; count++) {
    publisher.append({ packets: maker.next(1 + random(348)), joinPoints: [] })
    void publisher.flush()
    const [sent] = random(8) > 0 ? waiting.splice(random(waiting.length), 1) : []
    if (sent !== undefined && random(20) === 0) {
      unknown.push(sent)
      sent.answer.reject(new Error('connection lost'))
    }
    sent?.answer.resolve(1)
    await sent?.answer.promise.catch(() => undefined)
    expect([...waiting, ...unknown].filter(({ bytes, copy }) => !bytes.equals(copy))).toEqual([])
  }
  expect(publisher.stats.published).toBeGreaterThan(300)
  expect(unknown.length).toBeGreaterThan(5)
})
