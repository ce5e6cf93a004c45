import { PassThrough } from 'node:stream'
import { describe, expect, test } from '@jest/globals'
import type { Standing } from '@kptv/coordination'
import type { ChannelEvent } from '@kptv/failover'
import { createManualClock, createTransportStreamMaker } from '@kptv/testkit'
import type { OpenedStream } from '@kptv/upstream'
import { createCollectedOutput } from '../../test-support/collected-output.ts'
import { sessionSettings } from '../../test-support/session-parts.ts'
import { EdgeEvents } from '../events/edge-events.ts'
import type { PlayableStream } from '../providers/playable-streams.ts'
import { SessionConnection } from './session-connection.ts'

/**
 * A connection to a provider that answers when the test says so; `sent`: the events for the
 * machine.
 */
function connection() {
  const clock = createManualClock()
  const cluster = { standing: 'held' as Standing, released: [] as unknown[][] }
  const sent: ChannelEvent[] = []
  const output = createCollectedOutput().output
  const answered = Promise.withResolvers<OpenedStream>()
  let mayConnect = (): boolean => true
  const stream: PlayableStream = {
    streamId: 'stream',
    sourceId: 'source',
    accountId: 'account',
    limit: 1,
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
    clock,
    output,
    send: (event) => void sent.push(event),
    onHealthy: () => undefined,
  })
  return { its, clock, cluster, output, stream, sent, answered, mayConnect: () => mayConnect() }
}

describe('a stream without a join point', () => {
  /** Media arrives for `forMs`; a join point is in each piece that `hasJoinPoint` names. */
  async function play(forMs: number, hasJoinPoint: (second: number) => boolean) {
    const { its, clock, output, stream, sent, answered } = connection()
    let second = 0
    let joinPoints = 0
    Object.defineProperty(output, 'joinPoints', { get: () => joinPoints })
    its.reserve(1, stream, Promise.resolve({ slotId: 'slot' }))
    await clock.advance(0)
    its.open(1, stream, false)
    const body = new PassThrough({ objectMode: true })
    const close = async (): Promise<void> => void body.destroy()
    answered.resolve({ body, contentType: 'video/mp2t', close, closed: Promise.resolve() })
    const maker = createTransportStreamMaker()
    for (; second * 1_000 < forMs; second += 1) {
      if (hasJoinPoint(second)) joinPoints += 1
      body.write(Buffer.from(maker.next(1_000)))
      await clock.advance(1_000)
    }
    await its.close(1)
    return sent.filter(({ type }) => type === 'failed')
  }

  test('is given up after 20 s, for the rest of the session', async () => {
    expect(await play(19_000, () => false)).toEqual([])
    expect(await play(21_000, () => false)).toMatchObject([
      { type: 'failed', attempt: 1, failure: { kind: 'unplayable', code: 'no-join-point' } },
    ])
  })

  test.each([
    ['at its start', 0],
    ['late', 15],
  ])('is different from one with a join point %s: its viewers stay', async (_, at) => {
    expect(await play(60_000, (second) => second === at)).toEqual([])
  })
})

test('a slot lost during setup is returned, and no connection is opened', async () => {
  const { its, clock, cluster, stream, sent } = connection()
  const taking = Promise.withResolvers<{ readonly slotId: string }>()
  its.reserve(1, stream, taking.promise)
  cluster.standing = 'lost'
  taking.resolve({ slotId: 'slot' })
  await clock.advance(0)
  expect(sent).toEqual([{ type: 'slot-refused', attempt: 1, because: 'full' }])
  expect(cluster.released).toEqual([['slot', undefined]])
  expect(its.slotId).toBeUndefined()
  await its.close(1)
  expect(cluster.released).toHaveLength(1)
})

test.each(['open', 'prepare'] as const)('%s: the slot is checked until there is a socket', async (how) => {
  const { its, clock, cluster, stream, sent, answered, mayConnect } = connection()
  its.reserve(1, stream, Promise.resolve({ slotId: 'slot' }))
  await clock.advance(0)
  its[how](1, stream, false)
  expect(mayConnect()).toBe(true)
  cluster.standing = 'lost'
  expect(mayConnect()).toBe(false)
  // Not the stream's fault, however the request ends.
  answered.reject(new Error('no answer'))
  await clock.advance(0)
  expect(sent.at(-1)).toEqual({
    type: 'failed',
    attempt: 1,
    failure: { kind: 'withdrawn', code: 'slot-lost' },
    playedMs: 0,
  })
  await its.close(1)
  expect(cluster.released).toHaveLength(1)
})

test('while the slot is ours, a failure counts against the stream', async () => {
  const { its, clock, stream, sent, answered } = connection()
  its.reserve(1, stream, Promise.resolve({ slotId: 'slot' }))
  await clock.advance(0)
  its.open(1, stream, false)
  answered.reject(new Error('no answer'))
  await clock.advance(0)
  expect(sent.at(-1)).toMatchObject({ type: 'failed', failure: { kind: 'passing', code: 'failed' } })
  await its.close(1)
})

test('prepared media that waits too long for the election is dropped, since it would leave a gap', async () => {
  const { its, clock, output, stream, sent, answered } = connection()
  output.startInput({ streamId: 'former', offsetTicks: 0 })
  output.push(createTransportStreamMaker().next(1_000))
  its.reserve(1, stream, Promise.resolve({ slotId: 'slot' }))
  await clock.advance(0)
  its.prepare(1, stream)
  const body = new PassThrough({ objectMode: true })
  const close = async (): Promise<void> => void body.destroy()
  answered.resolve({ body, contentType: 'video/mp2t', close, closed: Promise.resolve() })
  const maker = createTransportStreamMaker({ sourceId: 'connection' })
  body.write(maker.next(1_000))
  await clock.advance(0)
  expect(sent.map(({ type }) => type)).toContain('ready')
  for (let keptBytes = 0; keptBytes < 17 * 1024 * 1024; ) {
    const media = Buffer.from(maker.next(1_000))
    keptBytes += media.length
    body.write(media)
  }
  await clock.advance(0)
  expect(sent.at(-1)).toMatchObject({ type: 'failed', failure: { kind: 'withdrawn', code: 'kept-too-much' } })
  await its.close(1)
})
