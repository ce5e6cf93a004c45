import type { Evidence, OwnershipObserver } from './fake-redis.ts'
import type { Rules } from './rules.ts'
import type { VirtualClock } from './virtual-clock.ts'

export type StoreContext = {
  readonly clock: VirtualClock
  readonly rules: Rules
  readonly observer: OwnershipObserver
  isCold(): boolean
  runId(): string
  readonly tombstones: Set<string>
}

export type LeadRecord = {
  readonly incarnation: string
  readonly term: number
  renewedAt: number
  readonly handoverTo?: string
}

export type Proof = { readonly kind: 'handed-over' | 'tombstone' | 'gone'; readonly of: LeadRecord }

type ClaimAnswer =
  | {
      readonly outcome: 'leading'
      readonly term: number
      readonly evidence: Evidence
      readonly from: LeadRecord | undefined
    }
  | { readonly outcome: 'led' }
  | { readonly outcome: 'cold' }

export type Leadership = ReturnType<typeof createLeadership>

/** Lead records and terms of all channels. A record ends by its lease, lazily, as in Redis. */
export function createLeadership({ clock, rules, observer, isCold, runId, tombstones }: StoreContext) {
  const { leaseMs, proofAgeMs } = rules.timing
  const records = new Map<string, LeadRecord>()
  const terms = new Map<string, number>()
  const presence = new Map<string, Map<string, { readonly viewers: number; readonly endsAt: number }>>()
  /** Not seen by the protocol: how the last record of a channel ended, for the judge. */
  const lastEnds = new Map<string, { readonly how: Evidence; readonly term: number }>()

  function readLead(channel: string): LeadRecord | undefined {
    const record = records.get(channel)
    if (record === undefined || record.renewedAt + leaseMs > clock.now) return record
    end(channel, record, 'unproven')
    return undefined
  }

  function end(channel: string, record: LeadRecord, how: Evidence): void {
    records.delete(channel)
    lastEnds.set(channel, { how, term: record.term })
  }

  function claim(
    channel: string,
    claimer: { readonly incarnation: string; readonly knownRunId: string },
    proof?: Proof,
  ): ClaimAnswer {
    const { incarnation, knownRunId } = claimer
    if (knownRunId !== runId() || isCold() || tombstones.has(incarnation)) return { outcome: 'cold' }
    const record = readLead(channel)
    const isMine = record?.incarnation === incarnation
    if (isMine && !rules.ownRecordGetsNewTerm) {
      return { outcome: 'leading', term: record.term, evidence: 'own', from: undefined }
    }
    if (record !== undefined && !isMine && !isProven(record, incarnation, proof)) return { outcome: 'led' }
    const last = lastEnds.get(channel)
    const evidence = isMine ? 'own' : record === undefined ? (last?.how ?? 'free') : proof!.kind
    if (evidence === 'gone') {
      tombstones.add(record!.incarnation)
      observer.provenDead(record!.incarnation)
    }
    const previousTerm = record?.term ?? last?.term ?? 0
    const term = nextTerm(channel, 0)
    records.set(channel, { incarnation, term, renewedAt: clock.now })
    observer.granted('lead', false)
    observer.leads(channel, { term, incarnation, evidence, previousTerm })
    return { outcome: 'leading', term, evidence, from: record }
  }

  function isProven(record: LeadRecord, claimer: string, proof: Proof | undefined): boolean {
    if (proof === undefined || proof.of.incarnation !== record.incarnation || proof.of.term !== record.term)
      return false
    if (proof.kind === 'handed-over') return record.handoverTo === claimer
    if (proof.kind === 'tombstone') return true
    // Renewed since the evidence was read: the evidence is about nothing.
    if (proof.of.renewedAt !== record.renewedAt) return false
    return clock.now - record.renewedAt >= proofAgeMs
  }

  function nextTerm(channel: string, atLeast: number): number {
    const counted = Math.max(terms.get(channel) ?? 0, atLeast) + 1
    const term = rules.termFollowsTime ? Math.max(counted, Math.ceil(clock.now)) : counted
    terms.set(channel, term)
    return term
  }

  /** `missing` is no loss while Redis is cold: the holder may write it again. */
  function renewLead(channel: string, incarnation: string, term: number): 'renewed' | 'missing' | 'lost' {
    const record = readLead(channel)
    if (record === undefined) return 'missing'
    if (record.incarnation !== incarnation || record.term !== term) return 'lost'
    record.renewedAt = clock.now
    return 'renewed'
  }

  function reassertLead(channel: string, incarnation: string, term: number): number | undefined {
    if (!isCold()) return undefined
    const record = readLead(channel)
    if (record !== undefined && record.incarnation !== incarnation && record.term > term) return undefined
    const newTerm = nextTerm(channel, term)
    records.set(channel, { incarnation, term: newTerm, renewedAt: clock.now })
    observer.granted('lead', true)
    observer.leads(channel, { term: newTerm, incarnation, evidence: 'own', previousTerm: term })
    return newTerm
  }

  function resign(channel: string, incarnation: string, term: number): void {
    const record = readLead(channel)
    if (record?.incarnation === incarnation && record.term === term) end(channel, record, 'free')
  }

  function handOver(
    channel: string,
    lead: { readonly incarnation: string; readonly term: number },
    to: string,
  ): boolean {
    const record = readLead(channel)
    if (record?.incarnation !== lead.incarnation || record.term !== lead.term) return false
    records.set(channel, { ...record, handoverTo: to })
    return true
  }

  function setPresence(channel: string, incarnation: string, viewers: number): number {
    const counts = presence.get(channel) ?? new Map<string, { readonly viewers: number; readonly endsAt: number }>()
    presence.set(channel, counts)
    counts.set(incarnation, { viewers, endsAt: clock.now + rules.timing.presenceMs })
    let total = 0
    for (const count of counts.values()) if (count.endsAt > clock.now) total += count.viewers
    return total
  }

  function viewersOf(channel: string): string[] {
    const counts = [...(presence.get(channel) ?? [])]
    return counts.filter(([, count]) => count.endsAt > clock.now && count.viewers > 0).map(([of]) => of)
  }

  function forgetLeads(): void {
    for (const [channel, record] of records) end(channel, record, 'forgotten')
    terms.clear()
    presence.clear()
  }

  return {
    readLead,
    claim,
    renewLead,
    reassertLead,
    resign,
    handOver,
    setPresence,
    viewersOf,
    forget: forgetLeads,
  }
}
