import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { type Rig, startRig } from '../chaos/rig.ts'
import { playScenario, type Scenario } from '../chaos/scenario.ts'
import { drainLeader } from '../chaos/scenarios/drains.ts'
import { manyViewersArrive } from '../chaos/scenarios/many-viewers.ts'
import { freezeLeader, killLeader, killLeaderAndSupervisor } from '../chaos/scenarios/process-faults.ts'
import { redisForgets } from '../chaos/scenarios/redis-faults.ts'

// One run each of what `npm run chaos` plays many times, and measures. Here only what must never be
// wrong is judged: flawless packets, nothing left behind, no connection too many. How long a gap
// may be depends on the machine.

const LIMIT = 1

let rig: Rig

beforeAll(async () => {
  rig = await startRig({ limit: LIMIT })
}, 240_000)

afterEach(() => rig.mend(), 90_000)

afterAll(() => rig?.[Symbol.asyncDispose](), 120_000)

const nothingHappens: Scenario = async ({ rig: { cluster }, viewersOn }) => {
  await sleep(3_000)
  const viewers = viewersOn(...cluster.edges)
  const lost = viewers.reduce((sum, viewer) => sum + viewer.report().sequence.lost, 0)
  return { staying: { all: viewers }, violations: lost === 0 ? [] : [`${lost} media packets are missing`] }
}

describe('one channel on three nodes', () => {
  test('500 first viewers at once: never more than one connection', async () => {
    const result = await manyViewersArrive(500)(rig)
    expect(result.violations).toEqual([])
    expect(result).toMatchObject({ endedResponses: 0, maxConnections: 1 })
    // A leader that a busy machine stops for longer than its deadline makes way for another node.
    expect(result.newConnections).toBeLessThanOrEqual(rig.cluster.edges.length)
  }, 240_000)

  test.each<[string, Scenario, number]>([
    ['nothing happens', nothingHappens, 0],
    ["the leader's process is killed", killLeader, 1],
    ['and its supervisor with it', killLeaderAndSupervisor, 1],
    ["the leader's process is frozen", freezeLeader(4_000), 1],
    ['the leader drains', drainLeader, 1],
    ['Redis is killed and comes back empty', redisForgets(1_000), 0],
  ])(
    '%s: viewers of other nodes continue in the same response',
    async (_, scenario, newConnections) => {
      const result = await playScenario(rig, scenario)
      expect(result.violations).toEqual([])
      expect(result).toMatchObject({ endedResponses: 0, maxConnections: LIMIT, newConnections })
    },
    240_000,
  )
})
