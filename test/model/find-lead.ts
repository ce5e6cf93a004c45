import type { Edge } from './edge.ts'
import { gatherEvidence } from './gather-evidence.ts'
import { type Lease, stamp } from './lease.ts'
import type { LeadRecord, Proof } from './redis-leadership.ts'
import type { SlotProof } from './redis-slots.ts'

export type FoundLead = {
  readonly incarnation: string
  readonly term: number
  readonly lease: Lease
  /** What lets the new leader have the old one's slot. */
  readonly inherit: SlotProof | undefined
}

/**
 * One look for the lead of a channel: reads who has it, gathers evidence outside, claims.
 * `undefined`: not now.
 */
export function findLead(edge: Edge, channel: string, done: (found: FoundLead | undefined) => void): void {
  const { process, world, incarnation } = edge
  const { redis, random } = world
  const giveUp = (pauseMs: number) => process.after(pauseMs, () => done(undefined))

  process.after(random.between(0, 100), () =>
    edge.call(
      () => redis.readLead(channel),
      (reply) => {
        if (!reply.ok) return giveUp(200)
        const record = reply.value
        if (record === undefined || record.incarnation === incarnation) return claim(undefined)
        // A snapshot: the record in Redis keeps changing.
        const of: LeadRecord = { ...record }
        if (of.handoverTo === incarnation) return claim({ kind: 'handed-over', of })
        gatherEvidence(edge, of.incarnation, (kind) => (kind === undefined ? giveUp(150) : claim({ kind, of })))
      },
    ),
  )

  function claim(proof: Proof | undefined): void {
    const lease = stamp(process)
    const script = () => redis.claim(channel, { incarnation, knownRunId: edge.knownRunId }, proof)
    edge.call(script, (reply) => {
      if (!reply.ok || reply.value.outcome === 'led') return giveUp(200)
      if (reply.value.outcome === 'cold') {
        edge.reregister()
        return giveUp(300)
      }
      const { term, evidence, from } = reply.value
      world.trace?.(edge.host.name, `leads ${channel} in term ${term} (${evidence})`)
      const inherit = from === undefined || proof === undefined ? undefined : inheritance(from, proof.kind)
      done({ incarnation, term, lease, inherit })
    })
  }

  /** Who hands a channel over still has its connection, and with it its slot. */
  function inheritance({ incarnation: old }: LeadRecord, kind: Proof['kind']): SlotProof | undefined {
    if (kind !== 'handed-over') return { incarnation: old, kind }
    return world.rules.handOverKeepsSlot ? undefined : { incarnation: old, kind: 'tombstone' }
  }
}
