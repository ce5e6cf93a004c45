import { describe, expect, test } from '@jest/globals'
import type { Standing } from '@kptv/coordination'
import { createKeys } from '@kptv/redis'
import { createMemoryRelayHub } from '@kptv/relay/test-support'
import { createManualClock } from '@kptv/testkit'
import { createSessionSource, stays } from '../../test-support/session-source.ts'

describe('a session', () => {
  test('admits no viewer before there is media starting at a key frame', async () => {
    const tv = createSessionSource(1)
    const session = await tv.open()
    let isAdmitted = false
    const admission = session.admit(stays).then((answer) => {
      isAdmitted = answer.admitted
    })
    await tv.settle()
    expect(isAdmitted).toBe(false)
    tv.send(2_000)
    await admission
    expect(isAdmitted).toBe(true)
    await tv.stop()
    expect(tv.state).toMatchObject({ open: 0, opened: 1, slots: new Set(), releasedTooEarly: 0 })
  })

  test('lingers after its last viewer, and ends when nobody returns', async () => {
    const tv = createSessionSource(1)
    const { session, viewer } = await tv.play()
    session.removeViewer(viewer)
    await tv.pass(9_999)
    expect(session.phase).toBe('playing')
    await tv.pass(1)
    expect(await session.ended).toBe('idle')
    expect(tv.state).toMatchObject({ open: 0, slots: new Set() })
    expect(tv.registry.sessions.size).toBe(0)
  })

  test('continues when a viewer returns while it lingers', async () => {
    const tv = createSessionSource(1)
    const { session, viewer } = await tv.play()
    session.removeViewer(viewer)
    await tv.pass(9_000)
    await tv.play()
    await tv.pass(20_000)
    expect([session.phase, tv.state.opened]).toEqual(['playing', 1])
    await tv.stop()
  })

  test('makes room for another channel at once while it lingers, after its connection is closed', async () => {
    const tv = createSessionSource(1)
    const { session, viewer } = await tv.play()
    session.removeViewer(viewer)
    const { session: second } = await tv.play('another')
    expect(await session.ended).toBe('idle')
    expect(second.phase).toBe('playing')
    expect(tv.state).toMatchObject({ opened: 2, releasedTooEarly: 0 })
    await tv.stop()
  })

  test('keeps its slot while it has a viewer, however long another session waits', async () => {
    const tv = createSessionSource(1)
    const { session } = await tv.play()
    const second = await tv.open('another')
    const admission = second.admit(stays)
    await tv.pass(11_999)
    expect(second.phase).toBe('waiting')
    await tv.pass(1)
    expect(await admission).toEqual({ admitted: false, reason: 'sources-full' })
    expect(tv.state.queued).toEqual(new Set())
    expect(session.phase).toBe('playing')
    await tv.stop()
  })

  test('gets the slot it waits for as soon as the other session has no viewer', async () => {
    const tv = createSessionSource(1)
    const { session, viewer } = await tv.play()
    const second = await tv.open('another')
    const admission = second.admit(stays)
    await tv.settle()
    expect([session.phase, second.phase]).toEqual(['playing', 'waiting'])
    tv.state.isWanted = true
    session.removeViewer(viewer)
    await tv.settle()
    expect(await session.ended).toBe('idle')
    tv.registry.slotFreed('account')
    await tv.settle()
    tv.send(2_000)
    expect((await admission).admitted).toBe(true)
    expect(tv.state.requests).toEqual([false, false, false])
    expect(tv.state.queued).toEqual(new Set())
    await tv.stop()
  })

  test('waiting for a slot ends at once when its viewer leaves', async () => {
    const tv = createSessionSource(1)
    await tv.play()
    const second = await tv.open('another')
    const left = new AbortController()
    const admission = second.admit(left.signal)
    await tv.settle()
    expect(second.phase).toBe('waiting')
    left.abort()
    await tv.settle()
    expect((await admission).admitted).toBe(false)
    expect(await second.ended).toBe('idle')
    expect(tv.state.queued).toEqual(new Set())
    await tv.stop()
  })

  test('returns a slot when its connection ends, if there was one', async () => {
    const tv = createSessionSource(1)
    const granted = Promise.withResolvers<void>()
    tv.state.beforeSlot = granted.promise
    const early = await tv.open()
    await tv.settle()
    expect(early.phase).toBe('reserving')
    const stopped = early.stop()
    granted.resolve()
    await tv.settle()
    await stopped
    const { session } = await tv.play()
    tv.registry.slotsLost([session.slotId!])
    await tv.settle()
    await tv.stop()
    expect(tv.state.ends).toEqual([
      undefined,
      { failure: { kind: 'withdrawn', code: 'slot-lost' }, wasHealthy: true },
      { failure: undefined, wasHealthy: false },
    ])
  })

  test('with viewers queues before it returns its slot, and comes before sessions without', async () => {
    const tv = createSessionSource(1)
    const { session } = await tv.play()
    tv.registry.slotsLost([session.slotId!])
    await tv.settle()
    expect(tv.state.requests).toEqual([false, true])
    expect(tv.state.wasQueuedAtRelease).toBe(true)
    expect(session.phase).toBe('opening')
    await tv.stop()
  })

  test('closes its connection at once when it loses its slot, and requests another one', async () => {
    const tv = createSessionSource(1)
    const { session } = await tv.play()
    const lost = session.slotId!
    tv.registry.slotsLost([lost])
    expect(session.phase).toBe('closing')
    await tv.settle()
    expect(session.slotId).not.toBe(lost)
    expect(tv.state.opened).toBe(2)
    await tv.stop()
  })

  test('takes no media while its leadership is unproven, and gives nothing up', async () => {
    let standing: Standing = 'held'
    const tv = createSessionSource(1, { leadership: { standing: () => standing } })
    const { session } = await tv.play()
    standing = 'unproven'
    const { head } = session.ring
    tv.send(1_000)
    await tv.settle()
    expect([session.phase, session.ring.head]).toEqual(['playing', head])
    standing = 'held'
    tv.send(2_000)
    await tv.settle()
    expect(session.ring.head).toBeGreaterThan(head)
    standing = 'lost'
    tv.send(1_000)
    expect(session.phase).toBe('closing')
    standing = 'held'
    await tv.settle()
    await tv.stop()
  })

  test('keeps nothing of a request whose client has left before it is admitted', async () => {
    const tv = createSessionSource(1)
    const session = await tv.open()
    expect((await session.admit(AbortSignal.abort())).admitted).toBe(false)
    expect(session.isLingering).toBe(true)
    await tv.stop()
  })

  test('answers a request with the reason for its end', async () => {
    const tv = createSessionSource(1)
    const session = await tv.open()
    const admission = session.admit(stays)
    await tv.stop()
    expect(await admission).toEqual({ admitted: false, reason: 'draining' })
  })
})

describe('a session that another node follows', () => {
  async function followed(others: () => Promise<string[]>) {
    const clock = createManualClock()
    const hub = createMemoryRelayHub({ clock })
    const relay = hub.relay({ keys: createKeys(), incarnation: 'node' })
    const tv = createSessionSource(1, { clock, relay, presence: { set: () => undefined, others } })
    const { session } = await tv.play()
    const ignore = (): undefined => undefined
    const handlers = { media: ignore, interrupted: ignore, ended: ignore, alive: ignore }
    const follower = hub.relay({ keys: createKeys(), incarnation: 'other' }).follow('channel', handlers)
    await tv.pass(1_000)
    return { tv, session, follower }
  }

  test('queues for the next leader before it returns its slot', async () => {
    const { tv, session, follower } = await followed(async () => ['other'])
    session.handOver()
    await tv.settle()
    expect(tv.state).toMatchObject({ slots: new Set(), wasQueuedAtRelease: true })
    await follower.close()
    await tv.stop()
  })

  test('keeps playing while Redis is away, and looks for a successor again', async () => {
    let checks = 0
    const { tv, session, follower } = await followed(async () => {
      checks += 1
      throw new Error('Redis is away')
    })
    for (const _ of [1, 2]) {
      session.handOver()
      await tv.settle()
    }
    expect(checks).toBe(2)
    expect([session.phase, tv.state.open, tv.state.opened]).toEqual(['playing', 1, 1])
    await follower.close()
    await tv.stop()
  })
})
