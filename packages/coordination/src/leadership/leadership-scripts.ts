import { defineScript } from '@kptv/redis'
import type { LeadEvidence } from '../liveness/evidence.ts'
import { type LeadRecord, parseLeadRecord } from './lead-record.ts'

type ClaimArguments = readonly [
  incarnation: string,
  node: string,
  leaseMs: number,
  runId: string,
  evidence: LeadEvidence | 'none' | 'held',
  ofIncarnation: string,
  ofTerm: number,
  proofAgeMs: number,
]

export type ClaimAnswer =
  | { readonly answer: 'leading'; readonly term: number }
  /** `by` is undefined when the record is not one of ours. */
  | { readonly answer: 'led'; readonly ageMs: number; readonly by: LeadRecord | undefined }
  /** Not the Redis whose warm-up was checked. */
  | { readonly answer: 'cold' }

export const claimLeadership = defineScript<ClaimArguments, ClaimAnswer>({
  file: new URL('./claim-leadership-2.lua', import.meta.url),
  parse: (reply) => {
    const [answer, second, ...pairs] = reply as [string, number, ...string[]]
    if (answer === 'leading') return { answer, term: Number(second) }
    if (answer !== 'led') return { answer: 'cold' }
    const fields: Record<string, string | undefined> = {}
    for (let index = 0; index < pairs.length; index += 2) fields[pairs[index]!] = pairs[index + 1]
    return { answer, ageMs: Number(second), by: parseLeadRecord(fields) }
  },
})

type RenewArguments = readonly [incarnation: string, term: number, leaseMs: number, account: string, slot: string]

export const renewLeadership = defineScript<RenewArguments, 'renewed' | 'missing' | 'taken'>({
  file: new URL('./renew-leadership-1.lua', import.meta.url),
  parse: (reply) => (reply === 'renewed' || reply === 'missing' ? reply : 'taken'),
})

export const resignLeadership = defineScript<readonly [incarnation: string, term: number | ''], boolean>({
  file: new URL('./resign-leadership-1.lua', import.meta.url),
  parse: (reply) => reply === 1,
})

export const handOverLeadership = defineScript<readonly [incarnation: string, term: number, to: string], boolean>({
  file: new URL('./hand-over-leadership-1.lua', import.meta.url),
  parse: (reply) => reply === 1,
})

export const declineLeadership = defineScript<readonly [incarnation: string], boolean>({
  file: new URL('./decline-leadership-1.lua', import.meta.url),
  parse: (reply) => reply === 1,
})
