import type { Redis } from '@kptv/redis'
import type { EvidenceGatherer, LeadEvidence } from '../liveness/evidence.ts'
import { PROOF_INTERVAL_MS } from '../liveness/watch.ts'
import type { Timing } from '../timing.ts'
import type { WarmUp } from '../warm-up/warm-up.ts'
import { type LeadRecord, parseLeadRecord } from './lead-record.ts'
import { type ClaimAnswer, claimLeadership } from './leadership-scripts.ts'

export type ClaimResult =
  | { outcome: 'leading'; term: number; memory: string; sentAtMs: number; from?: LeadRecord; evidence?: LeadEvidence }
  | { outcome: 'led'; by: LeadRecord }
  | { outcome: 'cold'; retryAfterMs: number }

export type ClaimOptions = {
  redis: Redis
  timing: Pick<Timing, 'leaseMs' | 'proofAgeMs' | 'beatMs'>
  warmUp: Pick<WarmUp, 'check'>
  evidence: EvidenceGatherer
  nodeId: string
  now: () => number
}

type Claim = { keys: readonly [lead: string, term: string]; incarnation: string }

/** Somebody else wrote the record; it has no owner to ask about and ends by itself. */
const UNKNOWN_LEADER: LeadRecord = {
  node: '',
  incarnation: '',
  term: 0,
  account: '',
  slot: '',
  claimedAt: 0,
  renewedAt: 0,
}

/**
 * Claims a channel: first as if it were free; when it is led, once more with proof that its leader is gone, if there
 * is any. Takes three short questions to Redis while the leader lives, and up to 1.5 s when it looks gone.
 *
 * @returns a function that throws when Redis does not answer: the claim may have been carried out all the same.
 */
export function createClaim(options: ClaimOptions) {
  const { redis, timing, warmUp, evidence, nodeId, now } = options

  return async (claim: Claim): Promise<ClaimResult> => {
    let result = await ask(claim)
    // Twice: a leader that was only about to be renewed, or replaced, meanwhile is met again.
    for (let round = 1; round <= 2 && result.outcome === 'led' && result.by.incarnation !== ''; round += 1) {
      const proof = await proofAgainst(result, claim.incarnation)
      if (proof === undefined) break
      result = await ask(claim, { evidence: proof, from: result.by })
    }
    return result.outcome === 'led' ? { outcome: 'led', by: result.by } : result
  }

  async function ask({ keys, incarnation }: Claim, proof?: { evidence: LeadEvidence; from: LeadRecord }) {
    const { runId, memory, warmInMs } = await warmUp.check(keys[0])
    if (warmInMs > 0) return askWhileCold(keys[0], incarnation, warmInMs)
    const sentAtMs = now()
    const of = [proof?.from.incarnation ?? '', proof?.from.term ?? 0] as const
    const how = [runId, proof?.evidence ?? 'none', ...of, timing.proofAgeMs] as const
    const answer: ClaimAnswer = await claimLeadership(redis, keys, [incarnation, nodeId, timing.leaseMs, ...how])
    switch (answer.answer) {
      case 'leading':
        return { outcome: 'leading' as const, term: answer.term, memory, sentAtMs, ...proof }
      case 'led':
        return { outcome: 'led' as const, by: answer.by ?? UNKNOWN_LEADER, ageMs: answer.ageMs }
      case 'cold':
        return { outcome: 'cold' as const, retryAfterMs: timing.beatMs }
    }
  }

  /** Nobody may take anything; but one that has come back can be followed. */
  async function askWhileCold(leadKey: string, incarnation: string, warmInMs: number): Promise<ClaimResult> {
    const by = parseLeadRecord(await redis.hgetall(leadKey))
    return by && by.incarnation !== incarnation ? { outcome: 'led', by } : { outcome: 'cold', retryAfterMs: warmInMs }
  }

  async function proofAgainst(
    led: { by: LeadRecord; ageMs?: number },
    incarnation: string,
  ): Promise<LeadEvidence | undefined> {
    if (led.by.handoverTo === incarnation) return 'handed-over'
    if (led.ageMs === undefined) return undefined
    return evidence.about(led.by.incarnation, Math.max(PROOF_INTERVAL_MS, timing.proofAgeMs - led.ageMs))
  }
}
