import { PassThrough } from 'node:stream'
import { expect, test } from '@jest/globals'
import { createManualClock, createTransportStreamMaker } from '@kptv/testkit'
import { ampleCluster, sessionSettings } from '../../test-support/session-parts.ts'
import { EdgeEvents } from '../events/edge-events.ts'
import type { PlayableStream } from '../providers/playable-streams.ts'
import { ChannelSession } from './channel-session.ts'

/**
 * A session that leads a channel with followers, and whose offer is answered when the test says so.
 */
async function offering() {
  const clock = createManualClock()
  const body = new PassThrough()
  const answer = Promise.withResolvers<'offered'>()
  const stream: PlayableStream = {
    streamId: 'stream',
    sourceId: 'source',
    accountId: 'account',
    limit: 1,
    connect: async () => ({
      body,
      contentType: 'video/mp2t',
      closed: Promise.resolve(),
      close: async () => void body.destroy(),
    }),
  }
  const ignore = (): undefined => undefined
  const shared = {
    attach: ignore,
    lead: ignore,
    unfollow: ignore,
    leave: ignore,
    yield: ignore,
    publish: ignore,
    setViewers: ignore,
    noteSlot: ignore,
    dispose: ignore,
    stepDown: async () => undefined,
    hasFollowers: () => true,
    standing: () => 'held',
    mayLead: () => true,
    elect: async () => 'elected',
    offer: () => answer.promise,
  }
  const session = new ChannelSession({
    channelId: 'channel',
    streams: [stream],
    ringBytes: 512 * 1024,
    shared: shared as never,
    cluster: ampleCluster,
    events: new EdgeEvents(),
    settings: sessionSettings,
    clock,
    random: () => 0.5,
  })
  await clock.advance(0)
  body.write(createTransportStreamMaker().next(2_000))
  await clock.advance(0)
  session.handOver()
  return { session, answer, clock }
}

test('a session that has ended waits for no successor, even if an answer was on its way', async () => {
  const { session, answer, clock } = await offering()
  expect(session.phase).toBe('offering')
  await session.stop()
  answer.resolve('offered')
  await clock.advance(0)
  expect(clock.pending()).toBe(0)
})

test('an offer that is accepted but not taken up within 6 s has failed', async () => {
  const { session, answer, clock } = await offering()
  answer.resolve('offered')
  await clock.advance(5_999)
  expect(session.phase).toBe('offering')
  await clock.advance(1)
  expect(session.phase).not.toBe('offering')
  await session.stop()
  expect(clock.pending()).toBe(0)
})
