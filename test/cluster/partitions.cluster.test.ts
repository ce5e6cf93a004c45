import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { type Rig, startRig } from '../chaos/rig.ts'
import { playScenario, type Scenario } from '../chaos/scenario.ts'
import { cutOffFollower, cutOffLeader } from '../chaos/scenarios/link-faults.ts'
import { freezeLeaderAndSupervisor } from '../chaos/scenarios/process-faults.ts'
import { redisFreezes } from '../chaos/scenarios/redis-faults.ts'

// One run each of faults that `npm run chaos` plays many times, and measures. Here only what must never be wrong is judged.

const LIMIT = 2

let rig: Rig

beforeAll(async () => {
  rig = await startRig({ limit: LIMIT, hasLinks: true })
}, 90_000)

afterEach(() => rig.mend(), 90_000)

afterAll(() => rig?.[Symbol.asyncDispose](), 30_000)

describe('viewers of other nodes keep a flawless response, the provider never sees too many, and nothing is left behind', () => {
  test.each<[string, Scenario, number]>([
    ['the leader cannot reach Redis any more', cutOffLeader(8_000), 1],
    ['a follower cannot reach Redis any more', cutOffFollower(6_000), 0],
    ['Redis is frozen', redisFreezes(6_000), 1],
    ['the leader is frozen together with its supervisor', freezeLeaderAndSupervisor(8_000), 1],
  ])(
    '%s',
    async (_, scenario, newConnections) => {
      const result = await playScenario(rig, scenario)
      expect(result.violations).toEqual([])
      expect(result).toMatchObject({ endedResponses: 0, newConnections })
      expect(result.maxConnections).toBeLessThanOrEqual(LIMIT)
    },
    120_000,
  )
})
