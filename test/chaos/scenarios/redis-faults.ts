import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '@kptv/testkit'
import type { Scenario } from '../scenario.ts'

/**
 * kill -9 of Redis; after `awayMs`, in which its port refuses, it is there again and has forgotten
 * everything. Not for rigs with links.
 */
export const redisForgets =
  (awayMs: number): Scenario =>
  async ({ rig, leader, followers, viewersOn }) => {
    await rig.cluster.redis.killHard()
    await sleep(awayMs)
    await rig.cluster.redis.restart()
    const backSinceMs = performance.now()
    return { staying: { others: viewersOn(...followers), leader: viewersOn(leader) }, backSinceMs }
  }

/** SIGSTOP of Redis: connections stay open and nothing answers. */
export const redisFreezes =
  (pauseMs: number): Scenario =>
  async ({ rig, leader, followers, viewersOn }) => {
    const { redis } = rig.cluster
    const frozenAtMs = performance.now()
    redis.pause()
    try {
      const isClosed = async () => (await rig.provider.truth()).openStreams === 0
      // A pause too short for the leader's deadline closes nothing.
      await eventually('the provider has no connection', isClosed, { deadlineMs: pauseMs }).catch(() => {})
      const closedAfterMs = performance.now() - frozenAtMs
      await sleep(Math.max(0, pauseMs - closedAfterMs))
      return {
        staying: { others: viewersOn(...followers), leader: viewersOn(leader) },
        figures: { 'provider closed': closedAfterMs },
        backSinceMs: performance.now(),
      }
    } finally {
      redis.resume()
    }
  }
