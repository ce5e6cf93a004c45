import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { eventually } from '@kptv/testkit'
import { silent } from '../../test-support/edge.ts'
import { startFixture } from '../../test-support/redis-fixture.ts'
import { defaultTiming } from '../timing.ts'

jest.setTimeout(120_000)

let fixture: Awaited<ReturnType<typeof startFixture>>
beforeAll(async () => {
  fixture = await startFixture({ isPrivate: true })
})
afterAll(() => fixture[Symbol.asyncDispose]())

const config = (name: string, value: string) => fixture.server.command('CONFIG', 'SET', name, value)
// Slots end in Redis while it takes no writes. The warm-up is that of production: a shorter one
// would not leave a holder on a busy machine the time to renew before a stranger.
const timing = { warmUpMs: defaultTiming.warmUpMs, quarantineMs: 0 }
const slotOf = (channelId: string) => ({ accountId: channelId, limit: 1, channelId })

/** Leads a channel with a slot; reports what it lost, and its warnings. */
async function lead(channelId: string) {
  const log: Array<readonly [message: string, fields: object]> = []
  const note = (fields: object, message: string) => log.push([message, fields])
  const edge = await fixture.startEdge({ timing, logger: { ...silent, warn: note, error: note } })
  await edge.whenWarm()
  const claim = await edge.leadership.claim({ channelId })
  const slot = await edge.slots.acquire(slotOf(channelId))
  if (claim.outcome !== 'leading' || slot.outcome !== 'granted') throw new Error('not held')
  const losses: unknown[] = []
  edge.leadership.onLost((...loss) => losses.push(loss))
  edge.slots.onLost((...loss) => losses.push(loss))
  edge.heartbeat.start()
  await edge.heartbeat.beat()
  const isPlaying = () => edge.leadership.mayLead(channelId, claim.term) && edge.slots.standing(slot.slotId) === 'held'
  return { edge, losses, log, isPlaying, term: claim.term, slotId: slot.slotId }
}

test('a full Redis still renews, starts and releases: leases are small', async () => {
  const { edge, losses, isPlaying, slotId } = await lead('full')
  await config('maxmemory', '1')
  await expect(fixture.redis.set('a', 'b')).rejects.toThrow(/^OOM/)
  for (let beats = 0; beats < 3; beats += 1) await edge.heartbeat.beat()
  expect([losses, isPlaying()]).toEqual([[], true])
  const { tombstones, leadership, slots } = edge
  expect((await leadership.claim({ channelId: 'new' })).outcome).toBe('leading')
  expect((await slots.acquire(slotOf('new'))).outcome).toBe('granted')
  expect((await slots.release(slotId)).outcome).toBe('released')
  await tombstones.write('somebody', 'exit 1')
  expect(await tombstones.read('somebody')).toBe('exit 1')
  await config('maxmemory', '0')
  await edge[Symbol.asyncDispose]()
})

test.each<[string, () => Promise<unknown>, () => Promise<unknown>]>([
  ['NOREPLICAS', () => config('min-replicas-to-write', '1'), () => config('min-replicas-to-write', '0')],
  [
    'READONLY',
    () => fixture.server.command('REPLICAOF', '127.0.0.1', '1'),
    () => fixture.server.command('REPLICAOF', 'NO', 'ONE'),
  ],
])('%s: holders continue, and regain everything before a stranger can', async (code, refuse, accept) => {
  const channelId = `refused-${code}`
  const { edge, losses, log, isPlaying, term, slotId } = await lead(channelId)
  const other = await fixture.startEdge({ timing, nodeId: 'node-2' })
  other.heartbeat.start()
  const { id } = edge.incarnation
  await refuse()
  const leadKey = fixture.keys.channelLead(channelId)
  // Longer than the deadline, and until the leases have ended.
  await eventually('the lead has ended', async () => (await fixture.redis.exists(leadKey)) === 0)
  await eventually('and the slot', async () => (await fixture.redis.pttl(leadKey)) === -2)
  expect([losses, isPlaying()]).toEqual([[], true])
  expect(log.filter(([message]) => message === 'Redis refuses writes')).toHaveLength(1)
  await accept()
  const claim = () => other.leadership.claim({ channelId }).catch(() => undefined)
  const take = () => other.slots.acquire(slotOf(channelId)).catch(() => undefined)
  // A stranger tries without pause.
  await eventually('the leader has it back', async () => {
    expect((await claim())?.outcome).not.toBe('leading')
    expect((await take())?.outcome).not.toBe('granted')
    const lead = await edge.leadership.read(channelId).catch(() => undefined)
    return lead?.term === term && lead.incarnation === id
  })
  await eventually('a stranger gets new leases', async () => {
    return (
      (await other.leadership.claim({ channelId: `${channelId}-new` }).catch(() => undefined))?.outcome === 'leading'
    )
  })
  expect((await take())?.outcome).toBe('full')
  expect([losses, isPlaying(), edge.incarnation.id]).toEqual([[], true, id])
  expect(await fixture.redis.zrange(fixture.keys.accountSlots(channelId), '0', '-1')).toEqual([slotId])
  for (const each of [edge, other]) await each[Symbol.asyncDispose]()
})
