import { expect, test } from '@jest/globals'
import { type Clock, systemClock } from '@kptv/clock'
import { createManualClock, eventually } from '@kptv/testkit'
import { ampleCluster } from '../../test-support/session-parts.ts'
import type { SessionSlots, SlotAnswer } from '../cluster/session-slots.ts'
import type { PlayableStream } from '../providers/playable-streams.ts'
import type { ConnectOnce, DirectConnection } from './direct-request.ts'
import { PlayerSlots } from './player-slots.ts'

const stream = (streamId: string, accountId = 'account'): PlayableStream => ({
  streamId,
  accountId,
  sourceId: 'source',
  limit: 1,
  connect: () => Promise.reject(new Error('not used')),
})

type Opened = DirectConnection & { readonly streamId: string; isClosed: boolean }

/** Players over slots that note what is taken and given back. */
function setUp(slots: Partial<SessionSlots> = {}, clock: Clock = systemClock) {
  const log: string[] = []
  let count = 0
  const players = new PlayerSlots({
    clock,
    createSlots: () => ({
      ...ampleCluster,
      async takeSlot({ streamId }) {
        count += 1
        log.push(`take ${streamId}`)
        return { slotId: `slot-${count}` }
      },
      async releaseSlot(slotId) {
        log.push(`release ${slotId}`)
      },
      ...slots,
    }),
  })
  const connectTo = ({ streamId }: PlayableStream): Opened => {
    const closing = Promise.withResolvers<void>()
    log.push(`open ${streamId}`)
    const opened: Opened = {
      streamId,
      isClosed: false,
      closed: closing.promise,
      async close() {
        if (!opened.isClosed) log.push(`close ${streamId}`)
        opened.isClosed = true
        closing.resolve()
      },
    }
    return opened
  }
  const open = (
    streams: readonly PlayableStream[],
    how: {
      readonly isContinued?: boolean
      readonly left?: AbortSignal
      readonly priority?: number
      readonly connect?: (one: PlayableStream, once: ConnectOnce) => Promise<Opened>
    } = {},
  ) =>
    players.open({
      player: 'player',
      about: { channel: 'movie', kind: 'vod' },
      priority: how.priority ?? 0,
      streams,
      isContinued: how.isContinued ?? false,
      connect: how.connect ?? (async (one) => connectTo(one)),
      left: how.left ?? new AbortController().signal,
    })
  return { players, log, open, connectTo }
}
const opened = async (answer: Promise<object>): Promise<Opened> =>
  ((await answer) as { readonly connection: Opened }).connection

test("a player's next request closes its connection before it opens another in the same slot", async () => {
  const { players, log, open } = setUp()
  await open([stream('a')])
  const second = await opened(open([stream('a')]))
  expect(log).toEqual(['take a', 'open a', 'close a', 'open a'])
  expect(players.playing).toEqual([{ channel: 'movie', kind: 'vod' }])
  await second.close()
  await eventually('it counts no longer', () => players.count === 0)
})

test('a request abandoned before its turn touches nothing', async () => {
  const { log, open } = setUp()
  const first = await opened(open([stream('a')]))
  expect(await open([stream('a')], { left: AbortSignal.abort() })).toEqual({ refused: 'left' })
  expect([first.isClosed, log]).toEqual([false, ['take a', 'open a']])
})

test('a request overtaken while it connects leaves the slot to the later one', async () => {
  const { log, open } = setUp()
  const slow = open([stream('a')], {
    connect: (_, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
  })
  await eventually('the slot is taken', () => log.length === 1)
  const next = await opened(open([stream('a')]))
  expect([await slow, next.isClosed]).toEqual([{ refused: 'left' }, false])
  expect(log).toEqual(['take a', 'open a'])
})

test('a slot lost while its player connects yields no connection', async () => {
  const { players, log, open, connectTo } = setUp()
  const connecting = Promise.withResolvers<void>()
  const answer = open([stream('a')], {
    async connect(one) {
      await connecting.promise
      return connectTo(one)
    },
  })
  await eventually('the slot is taken', () => log.length === 1)
  players.slotsLost(['slot-1'])
  connecting.resolve()
  expect(await answer).toEqual({ refused: 'streams-failing' })
  expect(log.toSorted()).toEqual(['close a', 'open a', 'release slot-1', 'take a'])
})

test('a stopping node waits for connections that are being opened', async () => {
  const { players, log, open } = setUp()
  const answer = open([stream('a')], {
    connect: (_, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
  })
  await eventually('the slot is taken', () => log.length === 1)
  await players.stopAll()
  expect([await answer, log]).toEqual([{ refused: 'left' }, ['take a', 'release slot-1']])
})

test('losing the slot during playback ends the connection', async () => {
  const { players, log, open } = setUp()
  const connection = await opened(open([stream('a')]))
  players.slotsLost(['slot-1'])
  await connection.closed
  await eventually('the slot is given back', () => log.includes('release slot-1'))
  expect(players.count).toBe(0)
})

test('a player that continues keeps its stream, even after its slot has gone to another', async () => {
  const { players, open } = setUp()
  const failing = async (one: PlayableStream) => {
    if (one.streamId === 'a') throw new Error('gone')
    return setUp().connectTo(one)
  }
  expect((await opened(open([stream('a'), stream('b', 'other')], { connect: failing }))).streamId).toBe('b')
  await players.stopAll()
  const again = await opened(open([stream('a'), stream('b', 'other')], { isContinued: true }))
  expect(again.streamId).toBe('b')
})

/** Slots of which none is free until it is the player's turn. */
function fullUntil(isTurn: () => boolean) {
  const queue: string[] = []
  const slots: Partial<SessionSlots> = {
    takeSlot: async () => (isTurn() ? { slotId: 'slot-1' } : { skip: 'full' }),
    queue: async ({ accountId }, { priority }) => {
      queue.push(`${accountId} ${priority}`)
      return isTurn() ? { may: true } : { may: false, because: 'queue', waitMs: 0 }
    },
    outrank: async (streams, { priority }) =>
      void queue.push(`outrank ${streams.map(({ accountId }) => accountId)} ${priority}`),
    leaveQueues: () => void queue.push('leave'),
  }
  return { queue, slots }
}

test('a request queues at each full account with the priority of its user', async () => {
  let isTurn = false
  const { queue, slots } = fullUntil(() => isTurn)
  const { players, open } = setUp(slots)
  const answer = open([stream('a', 'one'), stream('b', 'other'), stream('c', 'one')], { priority: 7 })
  await eventually('it takes over what it may', () => queue.length === 3)
  expect(queue).toEqual(['one 7', 'other 7', 'outrank one,other 7'])
  isTurn = true
  players.slotFreed()
  expect((await opened(answer)).streamId).toBe('a')
  expect(queue.at(-1)).toBe('leave')
})

test.each(['the client leaves', 'the next request comes', 'the node stops'])(
  'a waiting request gives up its place when %s',
  async (what) => {
    const { queue, slots } = fullUntil(() => false)
    const { players, open } = setUp(slots)
    const leaving = new AbortController()
    const answer = open([stream('a')], { left: leaving.signal })
    await eventually('it waits', () => queue.length > 1)
    if (what === 'the client leaves') leaving.abort()
    if (what === 'the next request comes') void open([stream('a')])
    if (what === 'the node stops') void players.stopAll()
    expect(await answer).toEqual({ refused: 'left' })
    expect(queue).toContain('leave')
    await players.stopAll()
  },
)

test('a slot that another player waits for is given up between two requests', async () => {
  const { players, log, open } = setUp()
  const connection = await opened(open([stream('a')]))
  expect(await players.freeLingering('account')).toBe(false)
  await connection.close()
  expect(await players.freeLingering('account')).toBe(true)
  expect(log.at(-1)).toBe('release slot-1')
})

const UNAVAILABLE = { skip: 'unavailable' as const }

test.each([
  ['Redis is away for a moment', false, { takeSlot: [UNAVAILABLE, UNAVAILABLE] }],
  ['a seek finds its account resting', true, { takeSlot: [{ skip: 'resting' as const }] }],
  ['a provider still counts the connection before the seek', true, { failures: 2 }],
] as const)('tries again when %s', async (_, isContinued, { takeSlot = [], failures = 0 }: Refused) => {
  const clock = createManualClock()
  const [refusals, failing] = [[...takeSlot], Array.from({ length: failures }, () => new Error('refused'))]
  const { open, connectTo } = setUp({ takeSlot: async () => refusals.shift() ?? { slotId: 'slot' } }, clock)
  const answer = open([stream('a')], {
    isContinued,
    async connect(one) {
      const error = failing.shift()
      if (error !== undefined) throw error
      return connectTo(one)
    },
  })
  await clock.advance(3_000)
  expect((await opened(answer)).streamId).toBe('a')
})

type Refused = { readonly takeSlot?: readonly SlotAnswer[]; readonly failures?: number }

test('gives up after three pauses, the seconds in which a player still waits', async () => {
  const clock = createManualClock()
  const { open } = setUp({ takeSlot: async () => UNAVAILABLE }, clock)
  const answeredAtMs = open([stream('a')]).then((answer) => [answer, clock.monotonicMs()])
  await clock.advance(60_000)
  expect(await answeredAtMs).toEqual([{ refused: 'coordination-unavailable' }, 7_000])
})

test('a client that leaves during a pause is no longer tried for', async () => {
  const clock = createManualClock()
  let tries = 0
  const takeSlot = async () => {
    tries += 1
    return UNAVAILABLE
  }
  const leaving = new AbortController()
  const answer = setUp({ takeSlot }, clock).open([stream('a')], { left: leaving.signal })
  await clock.advance(500)
  leaving.abort()
  expect(await answer).toEqual({ refused: 'left' })
  await clock.advance(60_000)
  expect([tries, clock.pending()]).toEqual([1, 0])
})

test('a new player is told at once that its streams fail', async () => {
  const clock = createManualClock()
  const answer = setUp({}, clock).open([stream('a')], { connect: () => Promise.reject(new Error('refused')) })
  expect(await answer).toEqual({ refused: 'streams-failing' })
})
