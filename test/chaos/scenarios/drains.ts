import { eventually } from '@kptv/testkit'
import type { Scenario } from '../scenario.ts'

/**
 * SIGTERM to the node that leads: it hands its channel over and stays as long as it has viewers.
 */
export const drainLeader: Scenario = async ({ rig, leader, followers, viewersOn }) => {
  leader.process.kill('SIGTERM')
  const isHandedOver = async () => {
    const now = await rig.leader()
    return now !== undefined && now !== leader
  }
  await eventually('another node leads', isHandedOver, { deadlineMs: 30_000 })
  return {
    staying: { others: viewersOn(...followers), leader: viewersOn(leader) },
  }
}
