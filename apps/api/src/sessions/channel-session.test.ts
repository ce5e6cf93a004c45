import { PassThrough } from 'node:stream'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import type { Standing } from '@kptv/coordination'
import { createKeys } from '@kptv/redis'
import { createMemoryRelayHub } from '@kptv/relay/test-support'
import { createTransportStreamMaker, eventually } from '@kptv/testkit'
import type { OpenedStream } from '@kptv/upstream'
import { createSharedChannel, type SharedChannelParts, sessionSettings } from '../../test-support/session-parts.ts'
import type { SessionSlots } from '../cluster/session-slots.ts'
import { EdgeEvents } from '../events/edge-events.ts'
import type { PlayableStream } from '../providers/playable-streams.ts'
import { ChannelRegistry } from './channel-registry.ts'

const noHandlers = {
  media: () => undefined,
  interrupted: () => undefined,
  ended: () => undefined,
  alive: () => undefined,
}

/** A source in memory: its own count of slots and connections, media on demand. */
function source(limit: number, shared: SharedChannelParts = {}) {
  const state = {
    ...{ slots: new Set<string>(), open: 0, opened: 0, slotsTaken: 0, releasedTooEarly: 0 },
    ...{
      queued: new Set<string>(),
      asked: [] as boolean[],
      isWanted: false,
      queuedAtRelease: false,
      ends: [] as unknown[],
    },
  }
  const bodies = new Set<PassThrough>()
  const maker = createTransportStreamMaker()

  const connect = async (): Promise<OpenedStream> => {
    const body = new PassThrough()
    bodies.add(body)
    state.open += 1
    state.opened += 1
    const closed = new Promise<void>((resolve) => body.once('close', resolve))
    void closed.then(() => {
      state.open -= 1
      bodies.delete(body)
    })
    const close = async (): Promise<void> => {
      body.destroy()
      await closed
    }
    return { body, contentType: 'video/mp2t', close, closed }
  }
  const cluster: SessionSlots = {
    async takeSlot(stream, hasViewers) {
      state.asked.push(hasViewers)
      if (state.slots.size >= limit && !(await registry.freeLingeringSlot(stream.accountId))) return { skip: 'full' }
      if (state.slots.size >= limit) return { skip: 'full' }
      state.slotsTaken += 1
      const slotId = `slot-${state.slotsTaken}`
      state.slots.add(slotId)
      return { slotId }
    },
    async queue({ accountId }) {
      state.queued.add(accountId)
      return state.slots.size < limit
        ? ({ may: true } as const)
        : ({ may: false, because: 'queue', waitMs: 0 } as const)
    },
    leaveQueues: () => state.queued.clear(),
    leaveQueuesBut(streams) {
      const kept = new Set(streams.map(({ accountId }) => accountId))
      for (const accountId of state.queued) if (!kept.has(accountId)) state.queued.delete(accountId)
    },
    want: (stream) => void registry.freeLingeringSlot(stream.accountId),
    isWanted: () => state.isWanted,
    explain: (_slotId, failure) => failure,
    noteHealthy: () => undefined,
    takeSpareSlot: async () => ({ skip: 'full' }),
    hasSpareSlot: async () => state.slots.size < limit,
    standing: () => 'held',
    markSlot: () => undefined,
    async releaseSlot(slotId, end) {
      state.ends.push(end)
      // A slot given back while its connection is open could be taken by a second connection.
      if (state.open >= state.slots.size) state.releasedTooEarly += 1
      state.queuedAtRelease = state.queued.size > 0
      state.slots.delete(slotId)
    },
    noteFailure: () => undefined,
    noteSuccess: () => undefined,
  }
  const registry: ChannelRegistry = new ChannelRegistry({
    cluster: () => cluster,
    events: new EdgeEvents(),
    share: (channelId) => createSharedChannel({ ...shared, channelId }),
    totalBufferBytes: 2 * 1024 * 1024,
    maxRingBytes: 512 * 1024,
    settings: sessionSettings,
    now: () => performance.now(),
    random: () => 0.5,
  })
  const stream: PlayableStream = { streamId: 'stream', sourceId: 'source', accountId: 'account', limit, connect }
  return {
    state,
    registry,
    stream,
    /** So many milliseconds of media, at once. */
    send(mediaMs: number): void {
      const media = maker.next(mediaMs)
      for (const body of bodies) body.write(media)
    },
    hangUp(): void {
      for (const body of bodies) body.end()
    },
  }
}

const stays = new AbortController().signal
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => process.nextTick(resolve))
}
const sink = {
  write: (_bytes: Buffer, accepted: () => void) => accepted(),
  end: () => undefined,
  destroy: () => undefined,
}

afterEach(() => {
  jest.useRealTimers()
})

async function playing(tv: ReturnType<typeof source>, channelId = 'channel') {
  const session = (await tv.registry.open(channelId, [tv.stream]))!
  const admission = session.admit(stays)
  // The former session of a lingering slot ends first.
  for (let turn = 0; turn < 100_000 && session.phase !== 'opening'; turn += 1) await new Promise(setImmediate)
  await turns()
  tv.send(2_000)
  const answer = await admission
  if (!answer.admitted) throw new Error(`not admitted: ${answer.reason}`)
  return { session, viewer: session.addViewer(sink, answer.position) }
}

/** The one that plays leads for another node, too. */
async function followed(others: () => Promise<string[]>) {
  const hub = createMemoryRelayHub()
  const tv = source(1, {
    presence: { set: () => undefined, others },
    relay: hub.relay({ keys: createKeys(), incarnation: 'node' }),
  })
  const { session } = await playing(tv)
  const follower = hub.relay({ keys: createKeys(), incarnation: 'other' }).follow('channel', noHandlers)
  return { tv, session, follower }
}

describe('a session', () => {
  test('admits nobody before there is media from a key frame on', async () => {
    const tv = source(1)
    const session = (await tv.registry.open('channel', [tv.stream]))!
    let admitted = false
    const admission = session.admit(stays).then((answer) => {
      admitted = answer.admitted
    })
    await turns()
    expect(admitted).toBe(false)
    tv.send(2_000)
    await admission
    expect(admitted).toBe(true)
    await tv.registry.stopAll()
    expect(tv.state).toMatchObject({ open: 0, opened: 1, slots: new Set(), releasedTooEarly: 0 })
  })

  test('lingers after its last viewer, and ends when nobody comes back', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance'] })
    const tv = source(1)
    const { session, viewer } = await playing(tv)
    session.removeViewer(viewer)
    await jest.advanceTimersByTimeAsync(2_000)
    expect(session.phase).toBe('playing')
    await jest.advanceTimersByTimeAsync(9_000)
    expect(await session.ended).toBe('idle')
    expect(tv.state).toMatchObject({ open: 0, slots: new Set() })
    expect(tv.registry.sessions.size).toBe(0)
  })

  test('that lingers makes room for another channel at once, after its connection is closed', async () => {
    const tv = source(1)
    const { session, viewer } = await playing(tv)
    session.removeViewer(viewer)
    const { session: second } = await playing(tv, 'another')
    expect(await session.ended).toBe('idle')
    expect(second.phase).toBe('playing')
    expect(tv.state.opened).toBe(2)
    await tv.registry.stopAll()
  })

  test('that is watched keeps its slot, however long another waits for it', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance'] })
    const tv = source(1)
    const { session } = await playing(tv)
    const second = (await tv.registry.open('another', [tv.stream]))!
    const admission = second.admit(stays)
    await jest.advanceTimersByTimeAsync(11_900)
    expect(second.phase).toBe('waiting')
    await jest.advanceTimersByTimeAsync(200)
    expect(await admission).toEqual({ admitted: false, reason: 'sources-full' })
    expect(tv.state.queued).toEqual(new Set())
    expect(session.phase).toBe('playing')
    const stopped = tv.registry.stopAll()
    await jest.advanceTimersByTimeAsync(5_000)
    await stopped
  })

  test('that waits for a slot has it as soon as the other is not watched any more', async () => {
    const tv = source(1)
    const { session, viewer } = await playing(tv)
    const second = (await tv.registry.open('another', [tv.stream]))!
    const admission = second.admit(stays)
    await turns()
    expect([session.phase, second.phase]).toEqual(['playing', 'waiting'])
    tv.state.isWanted = true
    session.removeViewer(viewer)
    expect(await session.ended).toBe('idle')
    tv.registry.slotFreed('account')
    for (let turn = 0; turn < 100_000 && second.phase !== 'opening'; turn += 1) await new Promise(setImmediate)
    await turns()
    tv.send(2_000)
    expect((await admission).admitted).toBe(true)
    expect(tv.state.asked).toEqual([false, false, false])
    expect(tv.state.queued).toEqual(new Set())
    await tv.registry.stopAll()
  })

  test('that waits for a slot ends at once when its viewer leaves', async () => {
    const tv = source(1)
    await playing(tv)
    const second = (await tv.registry.open('another', [tv.stream]))!
    const left = new AbortController()
    const admission = second.admit(left.signal)
    await turns()
    expect(second.phase).toBe('waiting')
    left.abort()
    expect(await admission).toEqual({ admitted: false, reason: 'idle' })
    expect(await second.ended).toBe('idle')
    expect(tv.state.queued).toEqual(new Set())
    await tv.registry.stopAll()
  })

  test('tells of a slot whether a connection was opened with it, and how that ended', async () => {
    const tv = source(1)
    const early = (await tv.registry.open('channel', [tv.stream]))!
    for (let turn = 0; turn < 100 && early.phase !== 'reserving'; turn += 1) await Promise.resolve()
    await early.stop()
    const { session } = await playing(tv)
    tv.registry.slotsLost([session.slotId!])
    await turns()
    await tv.registry.stopAll()
    expect(tv.state.ends).toEqual([
      undefined,
      { failure: { kind: 'withdrawn', code: 'slot-lost' }, wasHealthy: true },
      { failure: undefined, wasHealthy: false },
    ])
  })

  test('that has viewers queues before it gives its slot back, and asks before those that have none', async () => {
    const tv = source(1)
    const { session } = await playing(tv)
    tv.registry.slotsLost([session.slotId!])
    await turns()
    expect(tv.state.asked).toEqual([false, true])
    expect(tv.state.queuedAtRelease).toBe(true)
    expect(session.phase).toBe('opening')
    await tv.registry.stopAll()
  })

  test('that leaves its channel to another node queues for that one before it gives its slot back', async () => {
    const { tv, session, follower } = await followed(async () => ['other'])
    await eventually('it is followed, and its slot given back', () => {
      session.handOver()
      return tv.state.slots.size === 0
    })
    const { queuedAtRelease } = tv.state
    await follower.close()
    await tv.registry.stopAll()
    expect(queuedAtRelease).toBe(true)
  })

  test('that is to leave its channel plays on while Redis is away', async () => {
    let asked = 0
    const { tv, session, follower } = await followed(async () => {
      asked += 1
      throw new Error('Redis is away')
    })
    await eventually('it has looked for another node', () => {
      session.handOver()
      return asked > 1
    })
    await turns()
    expect([session.phase, tv.state.open, tv.state.opened]).toEqual(['playing', 1, 1])
    await follower.close()
    await tv.registry.stopAll()
  })

  test('whose slot is lost closes its connection at once and asks for another slot', async () => {
    const tv = source(1)
    const { session } = await playing(tv)
    const lost = session.slotId!
    tv.registry.slotsLost([lost])
    expect(session.phase).toBe('closing')
    await turns()
    expect(session.slotId).not.toBe(lost)
    expect(tv.state.opened).toBe(2)
    await tv.registry.stopAll()
  })

  test('whose leadership is unproven for a moment takes no media, and gives nothing up', async () => {
    let standing: Standing = 'held'
    const tv = source(1, { leadership: { standing: () => standing } })
    const { session } = await playing(tv)
    standing = 'unproven'
    const { head } = session.ring
    tv.send(1_000)
    await turns()
    expect([session.phase, session.ring.head]).toEqual(['playing', head])
    standing = 'held'
    tv.send(2_000)
    await turns()
    expect(session.ring.head).toBeGreaterThan(head)
    standing = 'lost'
    tv.send(1_000)
    expect(session.phase).toBe('closing')
    standing = 'held'
    await turns()
    await tv.registry.stopAll()
  })

  test('a viewer who comes while it ends gets a new one, after the old slot is free', async () => {
    const tv = source(1)
    const { session } = await playing(tv)
    const stopped = session.stop()
    const next = await tv.registry.open('channel', [tv.stream])
    await stopped
    expect(next).not.toBe(session)
    await tv.registry.stopAll()
    expect(tv.state).toMatchObject({ open: 0, releasedTooEarly: 0 })
  })

  test('a viewer who is gone before he is admitted leaves nothing behind', async () => {
    const tv = source(1)
    const session = (await tv.registry.open('channel', [tv.stream]))!
    expect(await session.admit(AbortSignal.abort())).toEqual({ admitted: false, reason: 'idle' })
    expect(session.isLingering).toBe(true)
    await tv.registry.stopAll()
  })
})

describe('the registry', () => {
  test('gives all viewers of a channel one session', async () => {
    const tv = source(5)
    const sessions = await Promise.all(Array.from({ length: 50 }, () => tv.registry.open('channel', [tv.stream])))
    expect(new Set(sessions).size).toBe(1)
    await tv.registry.stopAll()
    expect(tv.state.slotsTaken).toBeLessThanOrEqual(1)
  })

  test('shares the memory of all rings out, and refuses a channel when it would be too little', async () => {
    const tv = source(100)
    const sessions = await Promise.all(
      Array.from({ length: 16 }, (_, index) => tv.registry.open(`${index}`, [tv.stream])),
    )
    const waiting = sessions.map((session) => session!.admit(stays))
    expect(await tv.registry.open('one too many', [tv.stream])).toBeUndefined()
    await tv.registry.stopAll()
    await Promise.all(waiting)
    expect(tv.registry.bufferedBytes).toBe(0)
    expect(await tv.registry.open('later', [tv.stream])).toBeDefined()
    await tv.registry.stopAll()
  })

  test('a channel that nobody watches makes room for another', async () => {
    const tv = source(100)
    await Promise.all(Array.from({ length: 16 }, (_, index) => tv.registry.open(`${index}`, [tv.stream])))
    expect(await tv.registry.open('one more', [tv.stream])).toBeDefined()
    expect(tv.registry.sessions.size).toBe(16)
    await tv.registry.stopAll()
  })
})
