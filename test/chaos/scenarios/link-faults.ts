import { setTimeout as sleep } from 'node:timers/promises'
import type { EdgeNode } from '../../cluster/support/start-cluster.ts'
import type { Rig } from '../rig.ts'
import type { Scenario } from '../scenario.ts'

// Rigs with links only.

/** Nothing passes between the leader and Redis, in either direction; the others reach it. */
export const cutOffLeader =
  (awayMs: number): Scenario =>
  async ({ leader, followers, viewersOn }) => {
    await blackHole(leader, awayMs)
    return { staying: { others: viewersOn(...followers) } }
  }

/**
 * Its way to Redis refuses the leader, and nobody else: so it is no outage, and the leader must
 * stop.
 */
export const refuseLeader =
  (awayMs: number): Scenario =>
  async ({ leader, followers, viewersOn }) => {
    leader.link!.set({ refuse: true })
    leader.link!.reset()
    await sleep(awayMs)
    leader.link!.heal()
    return { staying: { others: viewersOn(...followers) } }
  }

/** The same as {@link cutOffLeader} for a node that follows: nobody else may notice. */
export const cutOffFollower =
  (awayMs: number): Scenario =>
  async ({ leader, followers: [cutOff, other], viewersOn }) => {
    await blackHole(cutOff!, awayMs)
    return { staying: { others: viewersOn(leader, other!), 'the one cut off': viewersOn(cutOff!) } }
  }

/** The way from Redis to a follower carries a fifth of what the channel needs. */
export const slowFollower =
  (slowMs: number): Scenario =>
  async ({ leader, followers: [slow, other], viewersOn }) => {
    slow!.link!.set({ bytesPerSecond: 50_000 })
    await sleep(slowMs)
    slow!.link!.heal()
    return { staying: { others: viewersOn(leader, other!), 'the slow one': viewersOn(slow!) } }
  }

/** Redis closes a follower's subscriptions to the relay, as it does at its output limit. */
export const cutSubscriber: Scenario = async ({ rig, leader, followers: [cut, other], viewersOn }) => {
  await killRelaySubscriptions(rig, cut!)
  await sleep(4_000)
  return { staying: { others: viewersOn(leader, other!), 'the one cut': viewersOn(cut!) } }
}

async function blackHole({ link }: EdgeNode, awayMs: number): Promise<void> {
  link!.set({ blackHole: 'both' })
  await sleep(awayMs)
  link!.heal()
}

async function killRelaySubscriptions(rig: Rig, edge: EdgeNode): Promise<void> {
  const ids = await clientIds(rig, edge)
  if (ids.length === 0) throw new Error(`${edge.name} has no subscriptions to the relay`)
  for (const id of ids) await rig.cluster.redis.command('CLIENT', 'KILL', 'ID', id)
}

/** Connections by which a node hears the relay, as Redis lists them. */
async function clientIds(rig: Rig, edge: EdgeNode): Promise<string[]> {
  const list = String(await rig.cluster.redis.command('CLIENT', 'LIST', 'TYPE', 'pubsub'))
  const own = list.split('\n').filter((line) => line.includes(` name=kptv-${edge.name}-relay-`))
  return own.flatMap((line) => /^id=(\d+)/.exec(line)?.[1] ?? [])
}
