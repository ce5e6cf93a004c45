import { PassThrough } from 'node:stream'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import type { Standing } from '@kptv/coordination'
import type { ChannelEvent } from '@kptv/failover'
import { createTransportStreamMaker, eventually } from '@kptv/testkit'
import type { OpenedStream } from '@kptv/upstream'
import { createCollectedOutput } from '../../test-support/collected-output.ts'
import { sessionSettings, turns } from '../../test-support/session-parts.ts'
import { EdgeEvents } from '../events/edge-events.ts'
import type { PlayableStream } from '../providers/playable-streams.ts'
import { SessionConnection } from './session-connection.ts'

/**
 * A connection whose slot is `standing`, to a provider that answers when it is told to; `sent`:
 * what the machine hears.
 */
function connection() {
  const cluster = { standing: 'held' as Standing, released: [] as unknown[][] }
  const sent: ChannelEvent[] = []
  const output = createCollectedOutput().output
  const answered = Promise.withResolvers<OpenedStream>()
  let mayConnect = (): boolean => true
  const stream: PlayableStream = {
    ...{ streamId: 'stream', sourceId: 'source', accountId: 'account', limit: 1 },
    connect: (_signal, how) => {
      mayConnect = how?.mayConnect ?? mayConnect
      return answered.promise
    },
  }
  const its = new SessionConnection({
    channelId: 'channel',
    cluster: {
      standing: () => cluster.standing,
      explain: (_slotId: string, failure: unknown) => failure,
      markSlot: () => undefined,
      noteHealthy: () => undefined,
      releaseSlot: async (...how: unknown[]) => void cluster.released.push(how),
    } as never,
    events: new EdgeEvents(),
    settings: { ...sessionSettings, inactiveTimeoutMs: 0, minDataBytes: 1 },
    now: () => performance.now(),
    output,
    send: (event) => void sent.push(event),
    onHealthy: () => undefined,
  })
  return { its, cluster, output, stream, sent, answered, mayConnect: () => mayConnect() }
}

afterEach(() => {
  jest.useRealTimers()
})

describe('a stream of which no player could start', () => {
  const REAL = ['nextTick', 'setImmediate', 'queueMicrotask', 'performance', 'setInterval'] as const

  /** Media arrives for `forMs`; a join point is in each piece that `hasJoinPoint` names. */
  async function play(forMs: number, hasJoinPoint: (second: number) => boolean) {
    jest.useFakeTimers({ doNotFake: [...REAL] })
    const { its, output, stream, sent, answered } = connection()
    let second = 0
    let joinPoints = 0
    Object.defineProperty(output, 'joinPoints', { get: () => joinPoints })
    its.reserve(1, Promise.resolve({ slotId: 'slot' }))
    await turns()
    its.open(1, stream, false)
    const body = new PassThrough({ objectMode: true })
    const close = async (): Promise<void> => void body.destroy()
    answered.resolve({ body, contentType: 'video/mp2t', close, closed: Promise.resolve() })
    const maker = createTransportStreamMaker()
    for (; second * 1_000 < forMs; second += 1) {
      if (hasJoinPoint(second)) joinPoints += 1
      body.write(Buffer.from(maker.next(1_000)))
      await turns()
      await jest.advanceTimersByTimeAsync(1_000)
    }
    await its.close(1)
    return sent.filter(({ type }) => type === 'failed')
  }

  test('is given up after 20 s, and is of no more use to this session', async () => {
    expect(await play(19_000, () => false)).toEqual([])
    expect(await play(21_000, () => false)).toMatchObject([
      { type: 'failed', attempt: 1, failure: { kind: 'unplayable', code: 'no-join-point' } },
    ])
  })

  test.each([
    ['at its beginning', 0],
    ['late', 15],
  ])('is not one that has a join point %s: its viewers go on', async (_, at) => {
    expect(await play(60_000, (second) => second === at)).toEqual([])
  })
})

test('a slot that was lost on its way is given back, and nothing is opened with it', async () => {
  const { its, cluster, sent } = connection()
  const taking = Promise.withResolvers<{ slotId: string }>()
  its.reserve(1, taking.promise)
  cluster.standing = 'lost'
  taking.resolve({ slotId: 'slot' })
  await turns()
  expect(sent).toEqual([{ type: 'slot-refused', attempt: 1, because: 'full' }])
  expect(cluster.released).toEqual([['slot', undefined]])
  expect(its.slotId).toBeUndefined()
  await its.close(1)
  expect(cluster.released).toHaveLength(1)
})

test.each(['open', 'prepare'] as const)('%s: until there is a socket, the slot is asked for', async (how) => {
  const { its, cluster, stream, sent, answered, mayConnect } = connection()
  its.reserve(1, Promise.resolve({ slotId: 'slot' }))
  await turns()
  its[how](1, stream, false)
  expect(mayConnect()).toBe(true)
  cluster.standing = 'lost'
  expect(mayConnect()).toBe(false)
  // No fault of the stream, whatever came of it.
  answered.reject(new Error('no answer'))
  await turns()
  expect(sent.at(-1)).toEqual({
    type: 'failed',
    attempt: 1,
    failure: { kind: 'withdrawn', code: 'slot-lost' },
    playedMs: 0,
  })
  await its.close(1)
  expect(cluster.released).toHaveLength(1)
})

test('a slot that is still ours is asked for, and the failure is that of the stream', async () => {
  const { its, stream, sent, answered } = connection()
  its.reserve(1, Promise.resolve({ slotId: 'slot' }))
  await turns()
  its.open(1, stream, false)
  answered.reject(new Error('no answer'))
  await turns()
  expect(sent.at(-1)).toMatchObject({ type: 'failed', failure: { kind: 'passing', code: 'failed' } })
  await its.close(1)
})

test('what was ready and waits too long for the election is given up, for there would be a hole in it', async () => {
  const { its, output, stream, sent, answered } = connection()
  output.startInput({ streamId: 'former', offsetTicks: 0 })
  output.push(createTransportStreamMaker().next(1_000))
  its.reserve(1, Promise.resolve({ slotId: 'slot' }))
  await turns()
  its.prepare(1, stream)
  const body = new PassThrough({ objectMode: true })
  const close = async (): Promise<void> => void body.destroy()
  answered.resolve({ body, contentType: 'video/mp2t', close, closed: Promise.resolve() })
  const maker = createTransportStreamMaker({ sourceId: 'connection' })
  body.write(maker.next(1_000))
  await eventually('it is ready', () => sent.some(({ type }) => type === 'ready'))
  const second = maker.next(1_000)
  for (let keptBytes = 0; keptBytes < 17 * 1024 * 1024; keptBytes += second.length) body.write(Buffer.from(second))
  await eventually('it is given up', () => sent.some(({ type }) => type === 'failed'))
  expect(sent.at(-1)).toMatchObject({ type: 'failed', failure: { kind: 'withdrawn', code: 'kept-too-much' } })
  await its.close(1)
})
