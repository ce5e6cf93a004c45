import { PassThrough } from 'node:stream'
import { afterEach, expect, jest, test } from '@jest/globals'
import { createTransportStreamMaker } from '@kptv/testkit'
import { ChannelSession } from './channel-session.ts'
import type { PlayableStream } from './playable-streams.ts'
import { DEFAULT_TIMING } from './stream-pull.ts'

afterEach(() => {
  jest.useRealTimers()
})

/** A session that leads a channel with followers, and whose offer is answered when the test says so. */
async function offering() {
  const body = new PassThrough()
  const answer = Promise.withResolvers<'offered'>()
  const nothing = (): undefined => undefined
  const later = async (): Promise<undefined> => undefined
  const stream: PlayableStream = {
    ...{ streamId: 'stream', sourceId: 'source', accountId: 'account', limit: 1 },
    connect: async () => ({
      ...{ body, contentType: 'video/mp2t', closed: Promise.resolve() },
      close: async () => void body.destroy(),
    }),
  }
  const shared = {
    ...{ attach: nothing, lead: nothing, unfollow: nothing, leave: nothing, yield: nothing, publish: nothing },
    ...{ setViewers: nothing, noteSlot: nothing, dispose: nothing, stepDown: later },
    ...{ hasFollowers: () => true, mayLead: () => true, elect: async () => 'elected', offer: () => answer.promise },
  }
  const cluster = {
    ...{ takeSlot: async () => ({ slotId: 'slot' }), queue: later, leaveQueues: nothing, releaseSlot: later },
    ...{ mayUse: () => true, markSlot: nothing, noteSound: nothing, noteSuccess: nothing },
  }
  const observer = { attemptStarted: nothing, streamSound: nothing, mediaArrived: nothing, sessionEnded: nothing }
  const session = new ChannelSession({
    ...{ channelId: 'channel', streams: [stream], ringBytes: 512 * 1024, now: () => 0, random: () => 0.5 },
    ...({ shared, cluster, observer } as never as Pick<
      ConstructorParameters<typeof ChannelSession>[0],
      'shared' | 'cluster' | 'observer'
    >),
    settings: {
      ...{ limits: { maxRetries: 3, soundMs: 10_000 }, retryDelayMs: 1_000, inactiveTimeoutMs: 10_000 },
      ...{ minDataBytes: 1024, timing: DEFAULT_TIMING },
    },
  })
  await turns()
  body.write(createTransportStreamMaker().next(2_000))
  await turns()
  session.handOver()
  return { session, answer }
}

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate)
}

test('a session that has ended waits for no heir, whatever was on its way', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] })
  const { session, answer } = await offering()
  expect(session.phase).toBe('offering')
  await session.stop()
  answer.resolve('offered')
  await turns()
  expect(jest.getTimerCount()).toBe(0)
})
