import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { eventually, startChaosProxy } from '@kptv/testkit'
import type { Edge } from '../../test-support/edge.ts'
import { startFixture } from '../../test-support/redis-fixture.ts'

jest.setTimeout(120_000)

let fixture: Awaited<ReturnType<typeof startFixture>>
beforeAll(async () => {
  fixture = await startFixture({ isPrivate: true })
})
afterAll(() => fixture[Symbol.asyncDispose]())
// A test that fails while Redis hangs must not fail those after it.
afterEach(() => fixture.server.resume())

/** Leads a channel with a slot, and beats; records when and why it lost them. */
async function lead(edge: Edge, channelId: string) {
  edge.heartbeat.start()
  await edge.whenWarm()
  const claim = await edge.leadership.claim({ channelId })
  const slot = await edge.slots.acquire({ accountId: channelId, limit: 1, channelId })
  if (claim.outcome !== 'leading' || slot.outcome !== 'granted') throw new Error('not held')
  const losses: Array<{ readonly what: string; readonly reason: string; readonly atMs: number }> = []
  const atMs = () => performance.now()
  edge.leadership.onLost((_, __, reason) => losses.push({ what: 'lead', reason, atMs: atMs() }))
  edge.slots.onLost((_, reason) => losses.push({ what: 'slot', reason, atMs: atMs() }))
  const mayLead = () => edge.leadership.mayLead(channelId, claim.term)
  return {
    losses,
    mayLead,
    mayUse: () => edge.slots.standing(slot.slotId) === 'held',
    slotId: slot.slotId,
    term: claim.term,
  }
}

test('renews everything in one pipeline', async () => {
  await using edge = await fixture.startEdge()
  for (let number = 0; number < 20; number += 1) {
    await edge.leadership.claim({ channelId: `p${number}` })
    await edge.slots.acquire({ accountId: `p${number}`, limit: 1, channelId: `p${number}` })
    edge.presence.set(`p${number}`, 1)
  }
  await edge.heartbeat.beat()
  let pipelines = 0
  let others = 0
  const { pipeline, evalsha, call } = edge.redis
  Object.assign(edge.redis, {
    pipeline: (...args: never[]) => {
      pipelines += 1
      return (pipeline as (...args: never[]) => unknown).apply(edge.redis, args)
    },
    evalsha: (...args: never[]) => {
      others += 1
      return (evalsha as (...args: never[]) => unknown).apply(edge.redis, args)
    },
    call: (...args: never[]) => {
      others += 1
      return (call as (...args: never[]) => unknown).apply(edge.redis, args)
    },
  })
  await edge.heartbeat.beat()
  expect([pipelines, others]).toEqual([1, 0])
  expect(edge.leadership.held()).toHaveLength(20)
})

describe('Redis hangs', () => {
  test('gives up both at the deadline, before the lease ends; once Redis is back, both can be taken again', async () => {
    await using edge = await fixture.startEdge({ timing: { commandMs: 800 } })
    const held = await lead(edge, 'h1')
    // The first beat may have been under way already.
    await edge.heartbeat.beat()
    const renewedFromMs = performance.now()
    await edge.heartbeat.beat()
    fixture.server.pause()
    await eventually('it may not lead', () => !held.mayLead(), { everyMs: 5 })
    const stoppedAfterMs = performance.now() - renewedFromMs
    // Its slot was renewed a moment later, by the same beat.
    await eventually('nor use its slot', () => !held.mayUse(), { everyMs: 5 })
    await eventually('both losses are reported', () => held.losses.length === 2)
    fixture.server.resume()
    expect(held.losses.map(({ what, reason }) => `${what} ${reason}`).sort()).toEqual([
      'lead deadline',
      'slot deadline',
    ])
    expect(stoppedAfterMs).toBeGreaterThan(2000)
    // Its connection is closed now: it gives both back, long before the slot's quarantine ends.
    await edge.slots.release(held.slotId)
    await edge.leadership.resign('h1', held.term)
    await using next = await fixture.startEdge()
    const leads = async () => (await next.leadership.claim({ channelId: 'h1' })).outcome === 'leading'
    await eventually('another leads', leads, { deadlineMs: 17_000 })
    const hasSlot = async () =>
      (await next.slots.acquire({ accountId: 'h1', limit: 1, channelId: 'h1' })).outcome === 'granted'
    await eventually('and has the slot', hasSlot, { deadlineMs: 17_000 })
  })

  test('keeps everything when Redis hangs for a moment', async () => {
    // Even longer when this process has to wait as well.
    await using edge = await fixture.startEdge({ timing: { commandMs: 800, deadlineMs: 8_000, leaseMs: 10_000 } })
    const held = await lead(edge, 'h2')
    const { id } = edge.incarnation
    fixture.server.pause()
    await sleep(1000)
    fixture.server.resume()
    await sleep(1500)
    expect(held.losses).toEqual([])
    expect([held.mayLead(), held.mayUse()]).toEqual([true, true])
    expect(edge.incarnation.id).toBe(id)
  })
})

describe('Redis refuses', () => {
  /**
   * The watch ends with the server: on a busy machine the first refusal may come after the short
   * deadline.
   */
  const unwatchedDeadlineMs = 2500

  test('everyone: holders continue, and regain everything when Redis returns without its memory', async () => {
    let asked = 0
    const isDownForEveryone = async () => {
      asked += 1
      return true
    }
    await using edge = await fixture.startEdge({ isDownForEveryone, timing: { warmUpMs: 2000, unwatchedDeadlineMs } })
    const held = await lead(edge, 'r1')
    await fixture.server.killHard()
    for (let count = 0; count < 40; count += 1) {
      await sleep(100)
      expect([held.mayLead(), held.mayUse()]).toEqual([true, true])
    }
    expect(asked).toBeGreaterThan(2)
    await expect(edge.leadership.claim({ channelId: 'new' })).rejects.toThrow()
    await fixture.server.restart()
    await eventually(
      'its record is there again',
      async () => (await fixture.redis.exists(fixture.keys.channelLead('r1'))) === 1,
    )
    await sleep(1000)
    expect(held.losses).toEqual([])
    expect(await edge.leadership.read('r1')).toMatchObject({ term: held.term, incarnation: edge.incarnation.id })
    expect(await fixture.redis.zrange(fixture.keys.accountSlots('r1'), '0', '-1')).toEqual([held.slotId])
  })

  test.each([
    ['a peer can reach it', async () => false],
    ['nobody answers', () => Promise.reject(new Error('no answer'))],
    ['the question hangs', () => new Promise<boolean>(() => {})],
  ])('only this node, %s: the short deadline holds, since others see no subscription', async (_, isDownForEveryone) => {
    const proxy = await startChaosProxy({ targetPort: Number(new URL(fixture.server.url).port) })
    const url = fixture.server.url.replace(/:\d+/, `:${proxy.port}`)
    await using edge = await fixture.startEdge({ url, isDownForEveryone })
    const held = await lead(edge, `r-${_}`)
    proxy.set({ refuse: true })
    proxy.reset()
    await eventually('it may not lead', () => !held.mayLead(), { everyMs: 5 })
    await eventually('both losses are reported', () => held.losses.length === 2)
    expect(held.losses.every(({ reason }) => reason === 'deadline')).toBe(true)
    await proxy.stop()
  })

  test('for more than a minute (here: 3 s): holders give up', async () => {
    await using edge = await fixture.startEdge({
      isDownForEveryone: async () => true,
      timing: { outageGraceMs: 3000, unwatchedDeadlineMs },
    })
    const held = await lead(edge, 'r3')
    await fixture.server.killHard()
    const killedAtMs = performance.now()
    await eventually('both losses are reported', () => held.losses.length === 2)
    expect(held.losses[0]!.atMs - killedAtMs).toBeGreaterThan(3000)
    await fixture.server.restart()
  })
})
