import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from '@kptv/redis'
import type { EvidenceGatherer } from '../liveness/evidence.ts'
import type { Timing } from '../timing.ts'
import { slotLeaseMs } from '../timing.ts'
import { parseHolder } from './slot-holder.ts'
import { dropGoneHolder } from './slot-scripts.ts'

type GoneHolderOptions = {
  readonly redis: Redis
  readonly slotKeys: (accountId: string) => string[]
  /** Our own, which is never proven gone. */
  readonly isOurs: (incarnation: string) => boolean
  readonly timing: Pick<Timing, 'leaseMs' | 'quarantineMs' | 'proofAgeMs'>
  readonly evidence: EvidenceGatherer
}

/**
 * Frees the slots of dead processes. One check per account at a time: requests that arrive
 * meanwhile share its result. Call it only while Redis is warm.
 *
 * @returns a function that reports how many slots were freed. Throws when Redis does not answer.
 */
export function createGoneHolderRemover(options: GoneHolderOptions) {
  const { redis, slotKeys, timing, evidence } = options
  const leaseMs = slotLeaseMs(timing)
  const running = new Map<string, Promise<number>>()

  return (accountId: string, holders: readonly string[]): Promise<number> => {
    const current = running.get(accountId)
    if (current) return current
    const check = removeFrom(accountId, holders).finally(() => running.delete(accountId))
    running.set(accountId, check)
    return check
  }

  async function removeFrom(accountId: string, holders: readonly string[]): Promise<number> {
    const incarnations = new Set(holders.flatMap((text) => parseHolder(text)?.incarnation ?? []))
    const others = [...incarnations].filter((incarnation) => !options.isOurs(incarnation))
    const freed = await Promise.all(others.map((incarnation) => removeIfGone(accountId, incarnation)))
    return freed.reduce((sum, count) => sum + count, 0)
  }

  async function removeIfGone(accountId: string, incarnation: string): Promise<number> {
    let freed = 0
    // Two rounds: in the first, the slots of a process that died just now are too fresh.
    for (let round = 1; round <= 2; round += 1) {
      const proof = await evidence.about(incarnation)
      if (proof === undefined) return freed
      const requiredAgeMs = proof === 'tombstone' ? 0 : timing.proofAgeMs
      const answer = await dropGoneHolder(redis, slotKeys(accountId), [incarnation, leaseMs, requiredAgeMs])
      freed += answer.freed
      if (answer.waitMs === 0) return freed
      if (round === 1) await sleep(answer.waitMs)
    }
    return freed
  }
}
