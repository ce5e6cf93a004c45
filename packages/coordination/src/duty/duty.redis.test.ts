import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import type { Redis } from '@kptv/redis'
import { startFixture } from '../../test-support/redis-fixture.ts'
import { createDuty } from './duty.ts'

jest.setTimeout(120_000)

let fixture: Awaited<ReturnType<typeof startFixture>>
beforeAll(async () => {
  fixture = await startFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())
beforeEach(() => fixture.redis.del(fixture.keys.tunerDiscovery))

/** Timers do not come into it. */
const NEVER_MS = 3_600_000

function createProcess(holder: string, redis: Redis = fixture.redis) {
  const changes: boolean[] = []
  const clock = { nowMs: 0 }
  const key = fixture.keys.tunerDiscovery
  const onChange = (isOurs: boolean): void => void changes.push(isOurs)
  const duty = createDuty({ redis, key, holder, ttlMs: NEVER_MS, onChange, monotonicMs: () => clock.nowMs })
  return { duty, changes, clock }
}

test('one process has the duty, keeps it, and the next takes it when it leaves', async () => {
  const [first, second] = [createProcess('first'), createProcess('second')]
  for (let round = 0; round < 3; round++) for (const { duty } of [first, second]) await duty.check()
  expect([first.changes, second.changes]).toEqual([[true], []])
  await first.duty[Symbol.asyncDispose]()
  expect(first.changes).toEqual([true, false])
  while (second.changes.length === 0) await second.duty.check()
  await second.duty[Symbol.asyncDispose]()
})

test('a process that forgot to keep it loses it to another', async () => {
  const [first, second] = [createProcess('first'), createProcess('second')]
  await first.duty.check()
  await fixture.redis.del(fixture.keys.tunerDiscovery)
  await second.duty.check()
  await first.duty.check()
  expect(first.changes).toEqual([true, false])
  expect(second.changes).toEqual([true])
  for (const { duty } of [first, second]) await duty[Symbol.asyncDispose]()
})

test('without Redis it continues until another may have the duty', async () => {
  const away = { evalsha: () => Promise.reject(new Error('away')) } as unknown as Redis
  let redis = fixture.redis
  const either = { evalsha: (...all: Parameters<Redis['evalsha']>) => redis.evalsha(...all) } as unknown as Redis
  const { duty, changes, clock } = createProcess('first', either)
  await duty.check()
  redis = away
  clock.nowMs = NEVER_MS - 1
  await duty.check()
  expect(changes).toEqual([true])
  clock.nowMs = NEVER_MS
  await duty.check()
  expect(changes).toEqual([true, false])
  await duty[Symbol.asyncDispose]()
})
