import type { Tombstones } from '../nodes/tombstones.ts'

/**
 * What shows that a holder has no connection to a provider any more. `tombstone`: its supervisor
 * saw the process end. `gone`: the process has had no subscription in two readings; counts only
 * together with a record that was not renewed for a while.
 */
export type Evidence = 'tombstone' | 'gone'

/**
 * What lets another one lead. `handed-over`: the leader has named it. That says nothing of the
 * leader's connection, which plays on until the other one is heard, so its slot is not to be had by
 * it.
 */
export type LeadEvidence = Evidence | 'handed-over'

/** Taken over from whom, and how that was proven: lets the same channel inherit the slot. */
export type Proof = { readonly fromIncarnation: string; readonly evidence: Evidence }

/** One slot, as Redis has it, and who is said to hold it. */
export type SlotRef = {
  readonly incarnation: string
  readonly slotId: string
  readonly accountId: string
  readonly channelId: string
}

/**
 * Asks the process itself, not by Redis, whether it has left a slot: no connection for it, and
 * never one again. True is proof, so it must come from that very process; no answer in a moment, or
 * any other one, is false. Never throws.
 */
export type ConfirmLeft = (question: SlotRef) => Promise<boolean>

export type EvidenceGatherer = ReturnType<typeof createEvidenceGatherer>

/**
 * Collects proof outside of the scripts, which must not read the keys of another owner; they check
 * it once more.
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
     * @param intervalMs between the two readings that show a process gone; when its record is too
     * fresh to count, the wait for that is as good.
     * @throws when Redis does not answer.
     */
    async about(other: string, intervalMs?: number): Promise<Evidence | undefined> {
      if ((await tombstones.read(other)) !== undefined) return 'tombstone'
      return (await livenessWatch.isGone(other, intervalMs)) ? 'gone' : undefined
    },
  }
}
