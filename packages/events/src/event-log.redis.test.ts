import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { EventFacts } from '@kptv/contract'
import { connectRedis, createKeys, type Redis } from '@kptv/redis'
import { type RedisForTests, startRedisForTests } from '@kptv/testkit'
import { createEventLog, MAX_EVENTS } from './event-log.ts'

let server: RedisForTests
let redis: Redis
const keys = createKeys('kptv:event-log:')
const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const read = (entries: number): EventFacts => ({
  type: 'list-read',
  source: 'a',
  sourceName: 'A',
  entries,
  before: 0,
})

beforeAll(async () => {
  server = await startRedisForTests()
  redis = await connectRedis({ url: server.url, role: 'commands', logger, name: 'event-log' })
}, 60_000)

afterAll(async () => {
  redis?.disconnect()
  await server?.stop()
})

test('the last 1,000 events are kept in order; a reader resumes where it stopped', async () => {
  const log = createEventLog({ redis, keys })
  expect(await log.latestId()).toBe('0-0')
  const append = (entries: number) => log.append({ at: entries, node: 'worker', facts: read(entries) })
  await append(0)
  const seen = await log.latestId()
  await Promise.all(Array.from({ length: MAX_EVENTS }, (_, index) => append(index + 1)))
  const newest = await log.newest()
  expect(newest).toHaveLength(MAX_EVENTS)
  expect([newest[0]?.at, newest.at(-1)?.at]).toEqual([MAX_EVENTS, 1])
  const later = await log.after(seen)
  expect([later[0]?.at, later.length]).toEqual([1, MAX_EVENTS])
  expect(await log.after(later.at(-1)!.id)).toEqual([])
})

test('an event that several nodes report is kept once', async () => {
  const log = createEventLog({ redis, keys: createKeys('kptv:event-log-once:') })
  const gone = (at: number, once: string) => log.append({ at, node: 'edge-1', facts: { type: 'node-gone' }, once })
  await Promise.all([gone(1, 'end of a'), gone(1, 'end of a'), gone(1, 'end of b')])
  await log.append({ at: 2, node: 'worker', facts: read(1) })
  await gone(3, 'end of a')
  expect((await log.newest()).map(({ at }) => at)).toEqual([2, 1, 1])
})

test('events written by a newer version are skipped', async () => {
  const log = createEventLog({ redis, keys: createKeys('kptv:event-log-new:') })
  const { events } = createKeys('kptv:event-log-new:')
  for (const text of ['no JSON', '{"at":1,"node":"x","facts":{"type":"moon-landing"}}'])
    await redis.xadd(events, '*', 'event', text)
  await log.append({ at: 2, node: 'worker', facts: read(1) })
  expect((await log.newest()).map(({ at }) => at)).toEqual([2])
})
