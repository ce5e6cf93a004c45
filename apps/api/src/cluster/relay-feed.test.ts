import { expect, test } from '@jest/globals'
import { createKeys } from '@kptv/redis'
import { createMemoryRelayHub } from '@kptv/relay/test-support'
import { createManualClock, createTransportStreamMaker } from '@kptv/testkit'
import { createCollectedOutput } from '../../test-support/collected-output.ts'
import { RelayFeed } from './relay-feed.ts'

const events = { playing() {}, flowing() {}, silent() {}, ended() {}, offered() {}, starting() {} }

test('hands on a piece that came in several messages, whose bytes are only lent to it', async () => {
  const clock = createManualClock()
  const hub = createMemoryRelayHub({ clock })
  const [leader, follower] = [createCollectedOutput(), createCollectedOutput()]
  leader.output.startInput({ streamId: 'stream', offsetTicks: 0 })
  leader.output.push(createTransportStreamMaker().next(2_000))
  const packets = leader.take()
  const relay = hub.relay({ keys: createKeys(), incarnation: 'follower' })
  const feed = new RelayFeed({ relay, channelId: 'channel', output: follower.output, events, from: {}, clock })
  const publisher = hub.relay({ keys: createKeys(), incarnation: 'leader' }).publisher('channel', 8)
  await clock.advance(0)
  publisher.append({ packets, joinPoints: [0], state: leader.output.place })
  await clock.advance(1_000)
  expect(publisher.stats.published).toBeGreaterThan(2)
  expect(follower.take().equals(packets)).toBe(true)
  await feed.close()
})
