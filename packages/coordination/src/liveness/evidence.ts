import type { Tombstones } from '../nodes/tombstones.ts'

/**
 * Shows that a holder no longer has a connection to a provider. `tombstone`: its supervisor saw the
 * process end. `gone`: the process had no subscription in two readings; counts only together with a
 * record that was not renewed for a while.
 */
export type Evidence = 'tombstone' | 'gone'

/**
 * Lets another process lead. `handed-over`: the leader has named it. That says nothing about the
 * leader's connection, which plays on until the successor is heard, so the successor cannot have
 * its slot.
 */
export type LeadEvidence = Evidence | 'handed-over'

/** The former leader, and how its end was proven: lets the same channel inherit the slot. */
export type Proof = { readonly fromIncarnation: string; readonly evidence: Evidence }

/** One slot as Redis has it, and its recorded holder. */
export type SlotRef = {
  readonly incarnation: string
  readonly slotId: string
  readonly accountId: string
  readonly channelId: string
}

/**
 * Asks the process itself, not through Redis, whether it has left a slot: it has no connection for
 * it and will never have one again. True is proof, so it must come from that very process; any
 * other answer, or none within a moment, is false. Never throws.
 */
export type ConfirmLeft = (question: SlotRef) => Promise<boolean>

export type EvidenceGatherer = ReturnType<typeof createEvidenceGatherer>

/**
 * Collects proof outside the scripts, which must not read keys of another owner; they recheck it.
 */
export function createEvidenceGatherer(options: {
  readonly tombstones: Pick<Tombstones, 'read'>
  readonly livenessWatch: { isGone(incarnation: string, intervalMs?: number): Promise<boolean> }
}) {
  const { tombstones, livenessWatch } = options
  return {
    /**
     * Undefined: it may be alive.
     *
     * @param intervalMs between the two readings that show that a process is gone; if its record is
     * too fresh to count, the wait for that serves as well.
     * @throws when Redis does not answer.
     */
    async about(other: string, intervalMs?: number): Promise<Evidence | undefined> {
      if ((await tombstones.read(other)) !== undefined) return 'tombstone'
      return (await livenessWatch.isGone(other, intervalMs)) ? 'gone' : undefined
    },
  }
}
