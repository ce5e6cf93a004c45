/** Durations, named as in `packages/coordination/src/timing.ts`. */
type Timing = {
  readonly beatMs: number
  readonly commandMs: number
  /** A leader seen dead must not have renewed for this long. */
  readonly proofAgeMs: number
  /** The leader's own deadline while its liveness watch is down. */
  readonly unwatchedDeadlineMs: number
  /** The leader's own deadline, from before its last good renewal was sent. */
  readonly deadlineMs: number
  /** The supervisor kills a process silent for this long. */
  readonly killAfterMs: number
  /** Leases in Redis. */
  readonly leaseMs: number
  /** Nobody acquires for this long after Redis has lost its memory. */
  readonly warmUpMs: number
  /** An unproven end keeps its slot for this long after the lease. */
  readonly quarantineMs: number
  /** A channel without viewers anywhere is stopped. Short, because nothing depends on it. */
  readonly lingerMs: number
  readonly presenceMs: number
  /** Longest time that refused connections prolong a lease. */
  readonly outageGraceMs: number
}

/** The protocol as it should be, with switches to break it on purpose. */
export type Rules = {
  readonly timing: Timing
  /** Every chunk asks whether the lease still holds. */
  readonly gateInDataPath: boolean
  /** A renewal that finds no slot loses it; false: adds it again. */
  readonly renewalLosesMissingSlots: boolean
  /** A slot changes hands only on proof. */
  readonly proofNeededToInherit: boolean
  /** A slot is given back after the socket's `close`. */
  readonly releaseAfterClose: boolean
  readonly graceAsksPeers: boolean
  /** A follower drops lower terms than it has seen. */
  readonly followerFences: boolean
  /** Release and renewal name the very acquisition, not only the holder. */
  readonly slotNamesAttempt: boolean
  /** A process compares wall clock and monotonic clock: a suspended machine stops the latter. */
  readonly suspensionIsNoticed: boolean
  /**
   * A node that finds the lead to be its own (an answer was lost) restarts it; false: keeps the
   * record as it is.
   */
  readonly ownRecordGetsNewTerm: boolean
  /** The term is at least Redis' time; false: only counted up. */
  readonly termFollowsTime: boolean
  /** Who prepares to take over takes a slot before it connects beside the leader. */
  readonly successorTakesItsOwnSlot: boolean
  /** The slot of a leader who hands over is not to be had by the next one. */
  readonly handOverKeepsSlot: boolean
  /** Who is asked says that it has left a slot only after its socket's `close`. */
  readonly leavesAfterClose: boolean
}

const TIMING: Timing = {
  beatMs: 350,
  commandMs: 800,
  proofAgeMs: 1200,
  unwatchedDeadlineMs: 800,
  deadlineMs: 2500,
  killAfterMs: 3000,
  leaseMs: 4000,
  warmUpMs: 4500,
  quarantineMs: 15_000,
  lingerMs: 2000,
  presenceMs: 6000,
  outageGraceMs: 60_000,
}

export const RULES: Rules = {
  timing: TIMING,
  gateInDataPath: true,
  renewalLosesMissingSlots: true,
  proofNeededToInherit: true,
  releaseAfterClose: true,
  graceAsksPeers: true,
  followerFences: true,
  slotNamesAttempt: true,
  suspensionIsNoticed: true,
  ownRecordGetsNewTerm: true,
  termFollowsTime: true,
  successorTakesItsOwnSlot: true,
  handOverKeepsSlot: true,
  leavesAfterClose: true,
}

export function withTiming(changes: Partial<Timing>): Rules {
  return { ...RULES, timing: { ...TIMING, ...changes } }
}
