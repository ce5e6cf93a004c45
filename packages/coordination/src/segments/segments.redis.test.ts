import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { eventually } from '@kptv/testkit'
import { startFixture } from '../../test-support/redis-fixture.ts'
import { createPlayerLeases } from './player-leases.ts'
import { createSegmentLists } from './segment-lists.ts'

jest.setTimeout(120_000)

let fixture: Awaited<ReturnType<typeof startFixture>>
beforeAll(async () => {
  fixture = await startFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())

const LONG_MS = 60_000
const listsFor = (lifetimeMs = LONG_MS) => createSegmentLists({ ...fixture, lifetimeMs })
const leasesOf = (name: string, lifetimeMs = LONG_MS) =>
  createPlayerLeases({ ...fixture, incarnation: () => name, lifetimeMs })

test('all nodes read a list as it was written, including its end', async () => {
  const lists = listsFor()
  expect(await lists.read('c1')).toBeUndefined()
  expect(await lists.write('c1', 3, { text: '{"n":1}', incarnation: 'one' })).toBe(true)
  expect(await listsFor().read('c1')).toEqual({ text: '{"n":1}', incarnation: 'one', term: 3 })
  expect(await fixture.redis.pttl(fixture.keys.channelSegments('c1'))).toBeGreaterThan(0)
  await lists.remove('c1')
  expect(await lists.read('c1')).toBeUndefined()
})

test('a claim of a list returns it, and former leaders can no longer write it', async () => {
  const lists = listsFor()
  await lists.write('c2', 5, { text: 'former', incarnation: 'one' })
  expect(await lists.claim('c2', 6)).toEqual({ isAccepted: true, list: { text: 'former', incarnation: 'one' } })
  expect(await lists.write('c2', 5, { text: 'late', incarnation: 'one' })).toBe(false)
  expect((await lists.claim('c2', 5)).isAccepted).toBe(false)
  expect(await lists.write('c2', 6, { text: 'new', incarnation: 'two' })).toBe(true)
  expect((await lists.read('c2'))?.text).toBe('new')
})

test('a claim of an unwritten list returns nothing, and still keeps former leaders out', async () => {
  const lists = listsFor()
  expect(await lists.claim('c3', 2)).toEqual({ isAccepted: true, list: undefined })
  expect(await lists.write('c3', 1, { text: 'late', incarnation: 'one' })).toBe(false)
  expect(await lists.read('c3')).toBeUndefined()
})

test('each format has its own list', async () => {
  const lists = listsFor()
  const other = createSegmentLists({ ...fixture, lifetimeMs: LONG_MS, format: 'fmp4' })
  await lists.write('c7', 2, { text: 'ts', incarnation: 'one' })
  expect(await other.claim('c7', 1)).toEqual({ isAccepted: true, list: undefined })
  await other.write('c7', 1, { text: 'mp4', incarnation: 'one' })
  expect([(await lists.read('c7'))?.text, (await other.read('c7'))?.text]).toEqual(['ts', 'mp4'])
  await other.remove('c7')
  expect([(await lists.read('c7'))?.text, await other.read('c7')]).toEqual(['ts', undefined])
})

test('a player counts once in the cluster, on the node that got its last request', async () => {
  const [one, two] = [leasesOf('one'), leasesOf('two')]
  expect(await one.renew('c4', ['a', 'b'])).toEqual({ joined: 2, left: 0, own: 2 })
  expect(await two.renew('c4', ['b', 'c'])).toEqual({ joined: 1, left: 0, own: 2 })
  expect(await one.renew('c4', [])).toEqual({ joined: 0, left: 0, own: 1 })
})

test('a player that falls silent has left, whichever node notices, and leaves nothing behind', async () => {
  const [one, two] = [leasesOf('one', 1_000), leasesOf('two', 1_000)]
  await one.renew('c5', ['a'])
  let left = 0
  await eventually('it has left', async () => {
    left += (await two.renew('c5', [])).left
    return left === 1
  })
  expect((await one.renew('c5', [])).own).toBe(0)
  const { channelPlayers, channelPlayerNodes } = fixture.keys
  await eventually('its keys are gone', async () => {
    return (await fixture.redis.exists(channelPlayers('c5'), channelPlayerNodes('c5'))) === 0
  })
})

test('many players are renewed in several calls, and foreign entries are removed', async () => {
  const leases = leasesOf('one')
  const players = Array.from({ length: 2_500 }, (_, index) => `player-${index}`)
  await fixture.redis.zadd(fixture.keys.channelPlayers('c6'), Date.UTC(3000, 0), 'far')
  expect(await leases.renew('c6', players)).toEqual({ joined: 2_500, left: 1, own: 2_500 })
})
