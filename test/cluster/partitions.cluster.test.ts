import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { type ChaosProxy, eventually } from '@kptv/testkit'
import { type Rig, startRig } from '../chaos/rig.ts'
import { playScenario, type Scenario } from '../chaos/scenario.ts'
import { cutOffFollower, cutOffLeader } from '../chaos/scenarios/link-faults.ts'
import { freezeLeaderAndSupervisor } from '../chaos/scenarios/process-faults.ts'
import { redisFreezes } from '../chaos/scenarios/redis-faults.ts'

// One run each of faults that `npm run chaos` plays many times, and measures. Here only what must
// never be wrong is judged.

const LIMIT = 2

let rig: Rig

afterEach(() => rig.mend(), 90_000)

afterAll(() => rig?.[Symbol.asyncDispose](), 120_000)

describe('viewers of other nodes keep a flawless response, the provider never sees too many connections, and nothing is left behind', () => {
  beforeAll(async () => {
    rig = await startRig({ limit: LIMIT, hasLinks: true })
  }, 240_000)

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
    240_000,
  )
})

/** A slot whose holder's end is unproven stays taken for longer than this. */
const BEFORE_QUARANTINE_ENDS_MS = 15_000

async function countOpened(): Promise<number> {
  const { channels } = await rig.provider.truth()
  return Object.values(channels).reduce((sum, { opened }) => sum + opened, 0)
}

/** The fault lasts until others play over their own connection. */
const untilOthersPlay =
  (cutOff: (link: ChaosProxy) => void): Scenario =>
  async ({ leader, followers, viewersOn }) => {
    const others = viewersOn(...followers)
    cutOff(leader.link!)
    // What the relay still holds of the leader's media plays on for a while.
    await eventually('another node connects', async () => (await countOpened()) > 0, {
      deadlineMs: BEFORE_QUARANTINE_ENDS_MS,
    })
    const wanted = others.map((viewer) => viewer.report().keyFrames + 3)
    const playOn = () => others.every((viewer, index) => viewer.report().keyFrames >= wanted[index]!)
    await eventually('others play', playOn, { deadlineMs: BEFORE_QUARANTINE_ENDS_MS })
    leader.link!.heal()
    return { staying: { others } }
  }

describe('with one connection, a leader that cannot reach Redis reports what it holds, and others take over while it is away', () => {
  beforeAll(async () => {
    await rig?.[Symbol.asyncDispose]()
    rig = await startRig({ limit: 1, hasLinks: true })
  }, 240_000)

  test.each<[string, (link: ChaosProxy) => void]>([
    ['it is cut off', (link) => link.set({ blackHole: 'both' })],
    ['the answers of Redis are lost', (link) => link.set({ blackHole: 'to-client' })],
    [
      'Redis refuses it alone',
      (link) => {
        link.set({ refuse: true })
        link.reset()
      },
    ],
  ])(
    '%s',
    async (_, cutOff) => {
      const result = await playScenario(rig, untilOthersPlay(cutOff))
      expect(result.violations).toEqual([])
      expect(result).toMatchObject({ endedResponses: 0, newConnections: 1, maxConnections: 1 })
    },
    240_000,
  )
})
