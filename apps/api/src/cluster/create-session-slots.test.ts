import { describe, expect, test } from '@jest/globals'
import type { AttemptBegin, Cluster, StreamHealth, Turn } from '@kptv/coordination'
import type { Failure, FailureKind } from '@kptv/failover'
import { createManualClock } from '@kptv/testkit'
import { createSharedChannel, UNWATCHED, WATCHED } from '../../test-support/session-parts.ts'
import type { PlayableStream } from '../providers/playable-streams.ts'
import { createSessionSlots } from './create-session-slots.ts'
import type { SharedChannel } from './shared-channel.ts'
import { createSlotSignals } from './slot-signals.ts'

const stream: PlayableStream = {
  streamId: 'stream',
  sourceId: 'source',
  accountId: 'account',
  limit: 1,
  coolDownMs: 1_000,
  connect: () => Promise.reject(new Error('not in this test')),
}
const BEGUN: AttemptBegin = { outcome: 'begun', sinceCloseMs: 50, isFull: true, coolDownMs: 0 }

type Given = {
  readonly turn?: Turn
  readonly begin?: AttemptBegin
  readonly observedMs?: number
  readonly blocked?: boolean
  readonly deadly?: boolean
  readonly shared?: SharedChannel
  /** To Redis and back. */
  readonly roundTrip?: () => Promise<void>
}

/** The cluster in memory: notes all requests, in order. */
function startCluster(given: Given = {}) {
  const requests: string[] = []
  const names: string[] = []
  const note = <Value>(value: Value, ...words: unknown[]): Promise<Value> => {
    requests.push(words.map((word) => (typeof word === 'object' ? JSON.stringify(word) : String(word))).join(' '))
    return given.roundTrip === undefined ? Promise.resolve(value) : given.roundTrip().then(() => value)
  }
  const accounts: Partial<Cluster['accounts']> = {
    mayRequest: (_, waiter) => {
      names.push(waiter.name)
      return note<Turn>(given.turn ?? { may: true }, 'may-request', waiter.hasViewers)
    },
    queue: (_, waiter) => {
      names.push(waiter.name)
      return note<Turn>({ may: true }, 'queue', waiter.hasViewers)
    },
    leaveQueue: (accountId) => note(1, 'leave', accountId),
    beginAttempt: (_, slotId, kind) =>
      note(given.begin ?? BEGUN, kind?.isInherited ? 'begin-inherited' : 'begin', slotId),
    endAttempt: (_, slotId, how) => note(undefined, 'end', slotId, how),
    noteRefusal: (accountId, refusal) => note(1_000, 'refused', accountId, refusal),
    noteSuccess: (accountId, success) => note(given.observedMs ?? 0, 'success', accountId, success),
  }
  const slots: Partial<Cluster['slots']> = {
    acquire: (request) => {
      const inherited = request.proof !== undefined
      const acquired = note({ outcome: 'granted', slotId: 'slot', inherited } as const, 'acquire')
      if (!inherited) request.onSent?.('slot')
      return acquired
    },
    release: (slotId, coolDownMs = 0) => note({ outcome: 'released' } as const, 'release', slotId, coolDownMs),
  }
  const health: Partial<StreamHealth> = {
    blockedUntil: async () => new Map(given.blocked ? [['stream', 5_000]] : []),
    failed: (streamId) => note(new Map(), 'failed', streamId),
    rest: (streamId, restMs) => note(undefined, 'rest', streamId, restMs),
    succeeded: (streamId) => note(undefined, 'well', streamId),
  }
  const noted: string[] = []
  const quarantine: Cluster['quarantine'] = {
    has: async () => new Map(given.deadly ? [['stream', 'out-of-memory']] : []),
    begin: async (id) => noted.push(`open ${id}`),
    proven: async (id) => noted.push(`proven ${id}`),
    end: async (id) => noted.push(`closed ${id}`),
    release: async () => undefined,
  }
  const cluster = createSessionSlots({
    nodeId: 'node',
    quarantine,
    accounts: accounts as Cluster['accounts'],
    slots: slots as Cluster['slots'],
    outranking: { claim: async () => undefined },
    presence: { read: async () => ({ viewers: 0, priority: 0 }) },
    health: health as StreamHealth,
    signals: createSlotSignals({ announce: (signal, id) => void note(undefined, signal, id), monotonicMs: () => 0 }),
    freeLingeringSlot: async () => false,
    logger: { debug() {}, info() {}, warn() {}, error() {} } as never,
  })('channel', given.shared)
  return { cluster, requests, names, noted }
}

const failure = (kind: FailureKind, code: string = kind, retryAfterMs?: number): Failure => {
  return { kind, code, retryAfterMs }
}

describe('a slot', () => {
  test.each<[string, Turn, object]>([
    ['another comes first', { may: false, because: 'queue', waitMs: 0 }, { skip: 'full' }],
    [
      'the account rests shortly',
      { may: false, because: 'rest', waitMs: 5_000 },
      { skip: 'full', askAgainInMs: 5_000 },
    ],
    ['the account rests long', { may: false, because: 'rest', waitMs: 12_001 }, { skip: 'resting' }],
    ['too many requests were made', { may: false, because: 'budget', waitMs: 30_000 }, { skip: 'resting' }],
  ])('is not requested when %s', async (_, turn, answer) => {
    const { cluster, requests } = startCluster({ turn })
    expect(await cluster.takeSlot(stream, WATCHED)).toEqual(answer)
    expect(requests).toEqual(['may-request true'])
  })

  test('is not requested for a blocked stream', async () => {
    const { cluster, requests } = startCluster({ blocked: true })
    expect(await cluster.takeSlot(stream, UNWATCHED)).toEqual({ skip: 'blocked' })
    expect(requests).toEqual(['may-request false'])
  })

  test.each<[string, 'budget' | 'rest', number, object]>([
    ['too many attempts were made', 'budget', 3_000, { skip: 'full', askAgainInMs: 3_000 }],
    ['another attempt was refused', 'rest', 60_000, { skip: 'resting' }],
  ])('is returned when %s in the meantime', async (_, because, waitMs, answer) => {
    const { cluster, requests } = startCluster({ begin: { outcome: 'too-late', because, waitMs } })
    expect(await cluster.takeSlot(stream, UNWATCHED)).toEqual(answer)
    expect(requests).toEqual(['may-request false', 'acquire', 'begin slot', 'release slot 0', 'freed account'])
  })
})

test('a slot granted after its attempt ended is returned, since nobody would use it', async () => {
  const { cluster, requests } = startCluster({ begin: { outcome: 'no-slot' } })
  expect(await cluster.takeSlot(stream, UNWATCHED)).toEqual({ skip: 'full' })
  expect(requests).toEqual(['may-request false', 'acquire', 'begin slot', 'release slot 0'])
})

describe('the supervisor learns which streams were open', () => {
  test('from before the connection until the slot is returned, including whether they had played', async () => {
    const { cluster, noted } = startCluster()
    await cluster.takeSlot(stream, UNWATCHED)
    expect(noted).toEqual(['open stream'])
    cluster.noteSuccess('slot', 'stream')
    await cluster.releaseSlot('slot', { failure: undefined, wasHealthy: true })
    expect(noted).toEqual(['open stream', 'proven stream', 'closed stream'])
  })

  test('but not of streams that never got a connection', async () => {
    const { cluster, noted } = startCluster({ begin: { outcome: 'too-late', because: 'budget', waitMs: 3_000 } })
    await cluster.takeSlot(stream, UNWATCHED)
    expect(noted).toEqual(['open stream', 'closed stream'])
  })

  test('so that no node opens a stream that has ended processes', async () => {
    const { cluster, requests, noted } = startCluster({ deadly: true })
    expect(await cluster.takeSlot(stream, WATCHED)).toEqual({ skip: 'quarantined' })
    expect(await cluster.takeSpareSlot(stream, WATCHED)).toEqual({ skip: 'quarantined' })
    expect([requests.filter((line) => line !== 'may-request true'), noted]).toEqual([[], []])
  })
})

test("a slot takes two round trips: one for the turn and the stream's health, one for the slot and the attempt", async () => {
  const ROUND_TRIP_MS = 300
  const clock = createManualClock()
  const { cluster } = startCluster({ roundTrip: () => clock.sleep(ROUND_TRIP_MS) })
  const taking = cluster.takeSlot(stream, UNWATCHED)
  await clock.advance(2 * ROUND_TRIP_MS)
  expect(await taking).toEqual({ slotId: 'slot' })
})

/** This node has just taken the channel over from one that died with a slot of the account. */
async function successor(): Promise<SharedChannel> {
  const inherits = { fromIncarnation: 'dead', evidence: 'tombstone', accountId: 'account', slotId: 'slot' } as const
  const shared = createSharedChannel({ leadership: { claim: async () => ({ outcome: 'leading', term: 2, inherits }) } })
  await shared.elect()
  return shared
}

test('the slot of a dead leader needs no turn; once it is used, every other slot does', async () => {
  const { cluster, requests } = startCluster({
    shared: await successor(),
    turn: { may: false, because: 'rest', waitMs: 5_000 },
  })
  expect(await cluster.takeSlot(stream, WATCHED)).toEqual({ slotId: 'slot' })
  expect(requests).toEqual(['acquire', 'begin-inherited slot'])
  expect(await cluster.takeSlot(stream, WATCHED)).toEqual({ skip: 'full', askAgainInMs: 5_000 })
  expect(requests).toEqual(['acquire', 'begin-inherited slot', 'may-request true'])
})

describe('a place in the queue', () => {
  test('of a shared channel belongs to the leader: the next leader inherits it and gives it up once served', async () => {
    const [old, next] = [startCluster({ shared: await successor() }), startCluster({ shared: await successor() })]
    await old.cluster.queue(stream, WATCHED)
    old.cluster.leaveQueues(true)
    expect(old.requests).toEqual(['queue true'])
    old.cluster.leaveQueues()
    expect(old.requests).toEqual(['queue true'])
    await next.cluster.queue(stream, WATCHED)
    expect(next.names).toEqual(old.names)
    await next.cluster.takeSlot(stream, WATCHED)
    next.cluster.leaveQueues()
    expect(next.requests.at(-1)).toBe('leave account')
  })

  test('of an unshared session is its own', async () => {
    const [one, other] = [startCluster(), startCluster()]
    await one.cluster.queue(stream, WATCHED)
    await other.cluster.queue(stream, WATCHED)
    expect(one.names).not.toEqual(other.names)
  })
})

describe('the end of a connection is reported', () => {
  const endOf = async (
    end: Parameters<ReturnType<typeof startCluster>['cluster']['releaseSlot']>[1],
    observedMs = 0,
  ) => {
    const { cluster, requests } = startCluster({ observedMs })
    await cluster.takeSlot(stream, UNWATCHED)
    if (end?.wasHealthy) cluster.noteHealthy('slot')
    await Promise.resolve()
    requests.length = 0
    await cluster.releaseSlot('slot', end)
    return requests
  }

  test.each<[string, Failure | undefined, boolean, string, number]>([
    ['it was not needed any more', undefined, true, '{"isCounted":true,"isHarmless":true}', 4_000],
    ['it was not needed before it played', undefined, false, '{"isCounted":true,"isHarmless":true}', 1_000],
    ['it stalled', failure('passing', 'stalled'), true, '{"isCounted":true,"isHarmless":false}', 4_000],
    ['the provider ended it', failure('ended'), true, '{"isCounted":true,"isHarmless":false}', 0],
    ['our slot was lost', failure('withdrawn'), true, '{"isCounted":true,"isHarmless":true}', 4_000],
    ['it is not there', failure('gone', 'not-found'), false, '{"isCounted":false,"isHarmless":true}', 0],
    ['it was refused', failure('denied', 'forbidden'), false, '{"isCounted":false,"isHarmless":false}', 0],
    ['it was counted late', failure('busy', 'counted-late'), false, '{"isCounted":false,"isHarmless":false}', 0],
    [
      'the port was closed',
      failure('passing', 'connection-refused'),
      false,
      '{"isCounted":false,"isHarmless":false}',
      0,
    ],
    ['no answer came', failure('passing', 'response-timeout'), false, '{"isCounted":true,"isHarmless":false}', 1_000],
  ])('because %s', async (_, why, wasHealthy, how, coolDownMs) => {
    const requests = await endOf({ failure: why, wasHealthy }, 4_000)
    expect(requests).toEqual([`end slot ${how}`, `release slot ${coolDownMs}`, 'freed account'])
  })

  test('even if it was never opened', async () => {
    const requests = await endOf(undefined)
    expect(requests[0]).toBe('end slot {"isCounted":false,"isHarmless":true}')
    expect(requests[1]).toBe('release slot 0')
  })
})

describe('a failure', () => {
  const noted = async (why: Failure, begin: AttemptBegin = BEGUN) => {
    const { cluster, requests } = startCluster({ begin })
    await cluster.takeSlot(stream, UNWATCHED)
    requests.length = 0
    cluster.noteFailure('slot', stream, cluster.explain('slot', why))
    return requests
  }

  test('caused by a limit counts against the account, with the wait that the provider asks for', async () => {
    expect(await noted(failure('busy', 'too-many-requests', 7_000))).toEqual([
      'refused account {"streamId":"stream","sinceCloseMs":50,"retryAfterMs":7000}',
    ])
  })

  test('long after the last connection is unrelated to it', async () => {
    expect(await noted(failure('busy'), { ...BEGUN, sinceCloseMs: 20_000 })).toEqual([
      'refused account {"streamId":"stream"}',
    ])
  })

  test('with status 403 right after the last connection means a limit', async () => {
    expect(await noted(failure('denied', 'forbidden'))).toEqual([
      'refused account {"streamId":"stream","sinceCloseMs":50}',
    ])
    expect(await noted(failure('denied', 'forbidden'), { ...BEGUN, isFull: false })).toEqual(['failed stream'])
  })

  test('of a stream counts against the stream, and its Retry-After is kept', async () => {
    expect(await noted(failure('passing', 'unavailable', 30_000))).toEqual(['failed stream', 'rest stream 30000'])
    expect(await noted(failure('gone', 'not-found'))).toEqual(['failed stream'])
  })

  test('after the stream has played well costs no attempt', async () => {
    const { cluster, requests } = startCluster()
    await cluster.takeSlot(stream, UNWATCHED)
    requests.length = 0
    cluster.noteSuccess('slot', 'stream')
    await cluster.releaseSlot('slot', { failure: failure('passing'), wasHealthy: true })
    expect(requests.slice(0, 3)).toEqual([
      'end slot {"isCounted":false,"isHarmless":true}',
      'well stream',
      'end slot {"isCounted":true,"isHarmless":true}',
    ])
  })
})
