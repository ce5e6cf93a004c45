import { setTimeout as sleep } from 'node:timers/promises'
import { edgeProcessOf } from '../rig.ts'
import type { Scenario } from '../scenario.ts'
import { watchTerms } from '../watch-terms.ts'

/** kill -9 of the process that leads; its supervisor lives. */
export const killLeader: Scenario = async ({ leader, followers, viewersOn }) => {
  process.kill(await edgeProcessOf(leader), 'SIGKILL')
  return { staying: { others: viewersOn(...followers) } }
}

/** kill -9 of the process that leads and of its supervisor, at the same moment. */
export const killLeaderAndSupervisor: Scenario = async ({ leader, followers, viewersOn }) => {
  leader.process.killGroup('SIGKILL')
  return { staying: { others: viewersOn(...followers) } }
}

/** kill -9 of a node that follows. */
export const killFollower: Scenario = async ({ leader, followers: [doomed, other], viewersOn }) => {
  doomed!.process.killGroup('SIGKILL')
  await sleep(5_000)
  return { staying: { others: viewersOn(leader, other!) } }
}

/** SIGSTOP of the process that leads: its supervisor must end it before it wakes. */
export const freezeLeader =
  (pauseMs: number): Scenario =>
  async ({ rig, leader, followers, viewersOn }) => {
    await using terms = await watchTerms(rig)
    const pid = await edgeProcessOf(leader)
    process.kill(pid, 'SIGSTOP')
    await sleep(pauseMs)
    wake(pid)
    await sleep(1_000)
    return { staying: { others: viewersOn(...followers) }, violations: terms.violations() }
  }

/**
 * SIGSTOP of the process that leads and of its supervisor: both wake, and must not continue as if
 * nothing had been.
 */
export const freezeLeaderAndSupervisor =
  (pauseMs: number): Scenario =>
  async ({ rig, leader, followers, viewersOn }) => {
    await using terms = await watchTerms(rig)
    leader.process.killGroup('SIGSTOP')
    await sleep(pauseMs)
    leader.process.killGroup('SIGCONT')
    await sleep(1_000)
    return { staying: { others: viewersOn(...followers) }, violations: terms.violations() }
  }

function wake(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT')
  } catch {
    // As it should be: its supervisor has ended it.
  }
}
