import { PassThrough } from 'node:stream'
import { afterEach, expect, jest, test } from '@jest/globals'
import { createTransportStreamMaker } from '@kptv/testkit'
import { ampleCluster, sessionSettings, turns } from '../../test-support/session-parts.ts'
import { EdgeEvents } from '../events/edge-events.ts'
import type { PlayableStream } from '../providers/playable-streams.ts'
import { ChannelSession } from './channel-session.ts'

afterEach(() => {
  jest.useRealTimers()
})

/**
 * A session that leads a channel with followers, and whose offer is answered when the test says so.
 */
async function offering() {
  const body = new PassThrough()
  const answer = Promise.withResolvers<'offered'>()
  const stream: PlayableStream = {
    ...{ streamId: 'stream', sourceId: 'source', accountId: 'account', limit: 1 },
    connect: async () => ({
      ...{ body, contentType: 'video/mp2t', closed: Promise.resolve() },
      close: async () => void body.destroy(),
    }),
  }
  const nothing = (): undefined => undefined
  const shared = {
    ...{ attach: nothing, lead: nothing, unfollow: nothing, leave: nothing, yield: nothing, publish: nothing },
    ...{ setViewers: nothing, noteSlot: nothing, dispose: nothing, stepDown: async () => undefined },
    ...{
      hasFollowers: () => true,
      standing: () => 'held',
      mayLead: () => true,
      elect: async () => 'elected',
      offer: () => answer.promise,
    },
  }
  const session = new ChannelSession({
    ...{ channelId: 'channel', streams: [stream], ringBytes: 512 * 1024, now: () => 0, random: () => 0.5 },
    ...{ shared: shared as never, cluster: ampleCluster, events: new EdgeEvents(), settings: sessionSettings },
  })
  await turns()
  body.write(createTransportStreamMaker().next(2_000))
  await turns()
  session.handOver()
  return { session, answer }
}

test('a session that has ended waits for no successor, whatever was on its way', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] })
  const { session, answer } = await offering()
  expect(session.phase).toBe('offering')
  await session.stop()
  answer.resolve('offered')
  await turns()
  expect(jest.getTimerCount()).toBe(0)
})
