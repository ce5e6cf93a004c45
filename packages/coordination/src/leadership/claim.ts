import type { Redis } from '@kptv/redis'
import type { EvidenceGatherer, LeadEvidence } from '../liveness/evidence.ts'
import { PROOF_INTERVAL_MS } from '../liveness/watch.ts'
import type { Timing } from '../timing.ts'
import type { WarmUp } from '../warm-up/warm-up.ts'
import { type LeadRecord, parseLeadRecord } from './lead-record.ts'
import { type ClaimAnswer, claimLeadership } from './leadership-scripts.ts'

type ClaimResult =
  | {
      readonly outcome: 'leading'
      readonly term: number
      readonly memory: string
      readonly sentAtMs: number
      readonly from?: LeadRecord
      readonly evidence?: LeadEvidence
    }
  | { readonly outcome: 'led'; readonly by: LeadRecord }
  | { readonly outcome: 'cold'; readonly retryAfterMs: number }

type ClaimOptions = {
  readonly redis: Redis
  readonly timing: Pick<Timing, 'leaseMs' | 'proofAgeMs' | 'beatMs'>
  readonly warmUp: Pick<WarmUp, 'check'>
  readonly evidence: EvidenceGatherer
  readonly nodeId: string
  readonly monotonicMs: () => number
}

type Claim = { readonly keys: readonly [lead: string, term: string]; readonly incarnation: string }

/** A stranger wrote the record; there is no owner to check, and it expires. */
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
 * Claims a channel: first as if it were free; if it is led, once more with proof that its leader is
 * gone, if there is any. Takes three short requests to Redis while the leader lives, and up to 1.5
 * s when it seems gone.
 *
 * @returns a function that throws when Redis does not answer: the claim may have succeeded
 * nevertheless.
 */
export function createClaim(options: ClaimOptions) {
  const { redis, timing, warmUp, evidence, nodeId, monotonicMs } = options

  return async (claim: Claim): Promise<ClaimResult> => {
    let result = await send(claim)
    // Twice: the leader may have been about to renew, or may have been replaced meanwhile.
    for (let round = 1; round <= 2 && result.outcome === 'led' && result.by.incarnation !== ''; round += 1) {
      const proof = await proofAgainst(result, claim.incarnation)
      if (proof === undefined) break
      result = await send(claim, { evidence: proof, from: result.by })
    }
    return result.outcome === 'led' ? { outcome: 'led', by: result.by } : result
  }

  async function send(
    { keys, incarnation }: Claim,
    proof?: { readonly evidence: LeadEvidence; readonly from: LeadRecord },
  ) {
    const { runId, memory, warmInMs } = await warmUp.check(keys[0])
    if (warmInMs > 0) return askWhileCold(keys[0], incarnation, warmInMs)
    const sentAtMs = monotonicMs()
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

  /** No process may take anything yet; but a leader that has come back can be followed. */
  async function askWhileCold(leadKey: string, incarnation: string, warmInMs: number): Promise<ClaimResult> {
    const by = parseLeadRecord(await redis.hgetall(leadKey))
    return by && by.incarnation !== incarnation ? { outcome: 'led', by } : { outcome: 'cold', retryAfterMs: warmInMs }
  }

  async function proofAgainst(
    led: { readonly by: LeadRecord; readonly ageMs?: number },
    incarnation: string,
  ): Promise<LeadEvidence | undefined> {
    if (led.by.handoverTo === incarnation) return 'handed-over'
    if (led.ageMs === undefined) return undefined
    return evidence.about(led.by.incarnation, Math.max(PROOF_INTERVAL_MS, timing.proofAgeMs - led.ageMs))
  }
}
