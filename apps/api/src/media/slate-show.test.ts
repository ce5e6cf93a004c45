import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { every } from '@kptv/clock'
import {
  createManualClock,
  createTransportStreamChecker,
  createTransportStreamMaker,
  type ManualClock,
} from '@kptv/testkit'
import { UpstreamError } from '@kptv/upstream'
import { ampleCluster, sessionSettings } from '../../test-support/session-parts.ts'
import { EdgeEvents } from '../events/edge-events.ts'
import { ChannelSession } from '../sessions/channel-session.ts'

let session: ChannelSession | undefined
let clock: ManualClock
let stopSending = (): void => undefined

beforeEach(() => {
  clock = createManualClock()
})

afterEach(async () => {
  stopSending()
  await session?.stop()
})

/** A provider whose stream can go away and come back. */
function provider() {
  const state = { isAway: false, refused: 0, receivedBytes: 0 }
  const maker = createTransportStreamMaker()
  const bodies = new Set<PassThrough>()
  stopSending = every(clock, 100, () => {
    const media = maker.next(100)
    for (const body of bodies) body.write(media)
  })
  const connect = async () => {
    if (state.isAway) {
      state.refused += 1
      throw new UpstreamError({ code: 'not-found', class: 'gone' }, { url: 'http://provider.test/' })
    }
    const body = new PassThrough()
    bodies.add(body)
    const closed = new Promise<void>((resolve) => body.once('close', () => resolve()))
    void closed.then(() => bodies.delete(body))
    return { body, contentType: 'video/mp2t', close: async () => void body.destroy(), closed }
  }
  const events = new EdgeEvents()
  events.listen((event) => {
    if (event.type === 'media-received') state.receivedBytes += event.bytes
  })
  return {
    state,
    events,
    stream: { streamId: 'stream', sourceId: 'source', accountId: 'account', limit: 1, connect },
    leave(): void {
      state.isAway = true
      for (const body of bodies) body.end()
    },
  }
}

async function watchWith(tv: ReturnType<typeof provider>, { slate }: { readonly slate: boolean }) {
  const playing = new ChannelSession({
    channelId: 'channel',
    streams: [tv.stream],
    cluster: ampleCluster,
    shared: undefined,
    events: tv.events,
    settings: {
      ...sessionSettings,
      limits: { maxRetries: 2, stableMs: 10_000, slate },
      retryDelayMs: 50,
      inactiveTimeoutMs: 1_000,
    },
    ringBytes: 1024 * 1024,
    clock,
    random: () => 0.5,
  })
  session = playing
  const seen = { isEnded: false }
  const checker = createTransportStreamChecker()
  const admitted = playing.admit(new AbortController().signal)
  await clock.until('media arrives', () => playing.phase === 'playing')
  const admission = await admitted
  if (!admission.admitted) throw new Error(admission.reason)
  playing.addViewer(
    {
      write: (bytes, accepted) => {
        checker.push(bytes)
        queueMicrotask(accepted)
      },
      cork: () => undefined,
      uncork: () => undefined,
      end: () => {
        seen.isEnded = true
      },
      destroy: () => undefined,
    },
    admission.position,
  )
  const keyFrames = () => checker.report().keyFrames
  await clock.until('it plays', () => keyFrames() >= 3)
  return { seen, checker, keyFrames, session: playing }
}

test('the video freezes while the only stream is away, and moves again when it returns', async () => {
  const tv = provider()
  const { seen, checker, keyFrames, session } = await watchWith(tv, { slate: true })
  tv.leave()
  await clock.until('more tries than one bout has', () => tv.state.refused >= 6)
  const [before, received] = [keyFrames(), tv.state.receivedBytes]
  await clock.until('the video stands', () => keyFrames() >= before + 5)
  expect(tv.state.receivedBytes).toBe(received)
  expect(session.phase).not.toBe('playing')
  expect((await session.admit(new AbortController().signal)).admitted).toBe(true)

  tv.state.isAway = false
  await clock.until('the stream is back', () => session.phase === 'playing')
  const again = keyFrames()
  await clock.until('it plays on', () => keyFrames() >= again + 3)
  expect(seen.isEnded).toBe(false)
  // The still frame arrives with the numbers of its original packets.
  const isOfStillFrame = (problem: string) => /media packets (sent twice|out of order)/.test(problem)
  expect(checker.report().problems.filter((problem) => !isOfStillFrame(problem))).toEqual([])
})

test('without a slate the response ends normally after the last round', async () => {
  const tv = provider()
  const { seen, checker } = await watchWith(tv, { slate: false })
  tv.leave()
  await clock.until('the response ends', () => seen.isEnded)
  expect(checker.report({ isComplete: true }).problems).toEqual([])
})
