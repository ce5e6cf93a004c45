import { describe, expect, test } from '@jest/globals'
import { createHeartbeat, type LossReason } from './heartbeat.ts'

const logger = { debug() {}, info() {}, warn() {}, error() {} }

/** Slots that do what the test says. */
function fakeSlots() {
  return {
    renewal: { lost: [] as string[], failures: [] as unknown[] },
    old: [] as string[],
    askedAge: 0,
    async renewAll() {
      return this.renewal
    },
    abandonOlderThan(ageMs: number) {
      this.askedAge = ageMs
      return this.old.splice(0)
    },
    held: () => [],
  }
}

describe('beat', () => {
  test('tells which slots are lost', async () => {
    const slots = fakeSlots()
    const heartbeat = createHeartbeat({ slots, leaseMs: 19_000, logger })
    const told: Array<[string[], LossReason]> = []
    const stop = heartbeat.onLost((slotIds, reason) => told.push([slotIds, reason]))
    await heartbeat.beat()
    slots.renewal = { lost: ['a', 'b'], failures: [] }
    await heartbeat.beat()
    stop()
    await heartbeat.beat()
    expect(told).toEqual([[['a', 'b'], 'taken']])
  })

  test('the age of the last renewal counts from before it was sent, and only if it succeeded', async () => {
    const slots = fakeSlots()
    let nowMs = 0
    const heartbeat = createHeartbeat({ slots, leaseMs: 19_000, logger, monotonicMs: () => nowMs })
    nowMs = 100
    slots.renewAll = async function () {
      nowMs += 50
      return this.renewal
    }
    await heartbeat.beat()
    expect(heartbeat.sinceRenewalMs()).toBe(50)
    slots.renewal = { lost: [], failures: [new Error('away')] }
    await heartbeat.beat()
    expect(heartbeat.sinceRenewalMs()).toBe(100)
  })

  test('a connection that does not answer is made anew; a refused one is not touched', async () => {
    const slots = fakeSlots()
    let reconnects = 0
    const reconnect = () => {
      reconnects += 1
    }
    const heartbeat = createHeartbeat({ slots, leaseMs: 19_000, logger, reconnect })
    slots.renewal = { lost: [], failures: [new Error('connect ECONNREFUSED')] }
    await heartbeat.beat()
    expect(reconnects).toBe(0)
    slots.renewal = { lost: [], failures: [new Error('Command timed out')] }
    await heartbeat.beat()
    expect(reconnects).toBe(1)
  })
})

test('while a renewal hangs the deadline is still kept', async () => {
  const slots = fakeSlots()
  slots.renewAll = () => new Promise(() => {})
  slots.old = ['a']
  const heartbeat = createHeartbeat({ slots, leaseMs: 1000, deadlineMs: 500, everyMs: 10, logger, random: () => 0 })
  const { promise, resolve } = Promise.withResolvers<[string[], LossReason]>()
  heartbeat.onLost((...loss) => resolve(loss))
  heartbeat.start()
  expect(await promise).toEqual([['a'], 'deadline'])
  expect(slots.askedAge).toBe(500)
  // A renewal that never ends must not be waited for here.
  void heartbeat[Symbol.asyncDispose]()
})

test.each([
  { leaseMs: 19_000, deadlineMs: 19_000 },
  { leaseMs: 19_000, deadlineMs: 1000 },
  { leaseMs: 4000 },
  { leaseMs: 19_000, everyMs: 6000 },
])('times that do not fit are refused: %j', (times) => {
  expect(() => createHeartbeat({ slots: fakeSlots(), logger, ...times })).toThrow(RangeError)
})
