import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import type { Redis } from '@kptv/redis'
import { startFixture } from '../test-support/redis-fixture.ts'
import { createStreamHealth } from './stream-health/stream-health.ts'

// Starts servers: the time limit is only there to end a hang.
jest.setTimeout(120_000)

let fixture: Awaited<ReturnType<typeof startFixture>>
beforeAll(async () => {
  fixture = await startFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())

/** Counts how often this connection waits for Redis: commands that are sent together wait once. */
function countWaits(redis: Redis): { take(): number } {
  let [waits, inFlight] = [0, 0]
  const send = redis.sendCommand.bind(redis) as (...command: unknown[]) => Promise<unknown>
  const settle = () => {
    inFlight -= 1
  }
  const counted = (...command: unknown[]) => {
    if (inFlight === 0) waits += 1
    inFlight += 1
    const answer = send(...command)
    Promise.resolve(answer).then(settle, settle)
    return answer
  }
  Object.assign(redis, { sendCommand: counted })
  return {
    take() {
      const taken = waits
      waits = 0
      return taken
    },
  }
}

// With a Redis that is 300 ms away each wait costs a viewer 300 ms.
test('the start of a channel waits five times for Redis: claim, checks, slot', async () => {
  const { leadership, accounts, quarantine, slots, redis, keys, nodes } = await fixture.startEdge()
  const limits = { maxFailuresBeforeBlock: 9, restMs: 9 }
  const health = createStreamHealth({ redis, keys, nodeId: 'a', isAlone: nodes.isAlone, ...limits })
  const waits = countWaits(redis)
  const start = async (channelId: string) => {
    const account = { accountId: channelId, limit: 1 }
    waits.take()
    const claim = await leadership.claim({ channelId })
    const forClaim = waits.take()

    const waiter = { name: channelId, hasViewers: false }
    const checks = [accounts.mayRequest(account, waiter), health.blockedUntil(['s']), quarantine.has(['s'])] as const
    const [turn] = await Promise.all(checks)
    const forChecks = waits.take()

    let begin: ReturnType<typeof accounts.beginAttempt> | undefined
    const onSent = (slotId: string) => {
      begin = accounts.beginAttempt(account, slotId)
    }
    const slot = await slots.acquire({ ...account, channelId, onSent })
    const outcomes = [claim.outcome, turn.may, slot.outcome, (await begin)?.outcome]
    return { outcomes, waits: [forClaim, forChecks, waits.take()] }
  }
  // The first batch to a server also sends the texts of the scripts.
  await start('first')
  expect(await start('second')).toEqual({ outcomes: ['leading', true, 'granted', 'begun'], waits: [2, 1, 2] })
})
