import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from '@kptv/redis'
import { parseHolder } from './slot-holder.ts'
import { dropGoneHolder } from './slot-scripts.ts'

/** A living holder has renewed at least twice in this time, even while its death watch reconnects. */
export const provenGoneAgeMs = 1000

/**
 * Frees the slots of dead processes when a source is full. One check per source at a time: requests that come
 * meanwhile share its result.
 *
 * @returns a function that tells whether any slot was freed. Throws when Redis does not answer.
 */
export function createGoneHolderRemover(options: {
  redis: Redis
  slotKeys: (sourceId: string) => string[]
  /** Our own, which is never proven gone. */
  incarnation: string
  leaseMs: number
  deathWatch: { isGone(incarnation: string): Promise<boolean> }
}) {
  const { redis, slotKeys, leaseMs, deathWatch } = options
  const running = new Map<string, Promise<boolean>>()

  return (sourceId: string, holders: readonly string[]): Promise<boolean> => {
    const current = running.get(sourceId)
    if (current) return current
    const check = removeFrom(sourceId, holders).finally(() => running.delete(sourceId))
    running.set(sourceId, check)
    return check
  }

  async function removeFrom(sourceId: string, holders: readonly string[]): Promise<boolean> {
    const others = new Set(holders.flatMap((text) => parseHolder(text)?.incarnation ?? []))
    others.delete(options.incarnation)
    const freed = await Promise.all([...others].map((incarnation) => removeIfGone(sourceId, incarnation)))
    return freed.some((count) => count > 0)
  }

  async function removeIfGone(sourceId: string, incarnation: string): Promise<number> {
    let freed = 0
    // Two rounds: the slots of a process that died just now are too fresh in the first.
    for (let round = 1; round <= 2; round += 1) {
      if (!(await deathWatch.isGone(incarnation))) return freed
      const answer = await dropGoneHolder(redis, slotKeys(sourceId), [incarnation, leaseMs, provenGoneAgeMs])
      freed += answer.freed
      if (answer.waitMs === 0) return freed
      if (round === 1) await sleep(answer.waitMs)
    }
    return freed
  }
}
