/** Durations in ms, named as in the coordination package. */
export type Timing = {
  renewEvery: number
  commandTimeout: number
  /** F: a leader seen dead must not have renewed for so long. */
  provenDeadAge: number
  /** Ds: the leader's own deadline while its death watch is down. */
  watchlessDeadline: number
  /** D: the leader's own deadline, from before its last good renewal was sent. */
  deadline: number
  /** K: the supervisor kills a process silent for so long. */
  silenceLimit: number
  /** T: leases in Redis. */
  lease: number
  /** W: nobody acquires for so long after Redis has lost its memory. */
  warmUp: number
  /** Q: an unproven end keeps its slot for so long after the lease. */
  quarantine: number
  /** A channel without viewers anywhere is stopped. Short, because nothing depends on it. */
  linger: number
  presence: number
  /** Longest time that refused connections prolong a lease. */
  longestRide: number
}

/** The protocol as it should be, with switches to break it on purpose. */
export type Rules = {
  timing: Timing
  /** Every chunk asks whether the lease still holds. */
  gateInDataPath: boolean
  /** A renewal that finds no slot loses it; false: adds it again. */
  renewalLosesMissingSlots: boolean
  /** A slot changes hands only on proof. */
  proofNeededToInherit: boolean
  /** A slot is given back after the socket's `close`. */
  releaseAfterClose: boolean
  rideAsksPeers: boolean
  /** A follower drops lower terms than it has seen. */
  followerFences: boolean
  /** Release and renewal name the very acquisition, not only the holder. */
  slotNamesAttempt: boolean
  /** A process compares wall clock and monotonic clock: a suspended machine stops the latter. */
  suspensionIsNoticed: boolean
  /** Who finds the lead to be its own (an answer was lost) starts it anew; false: goes on with the record as it is. */
  ownRecordGetsNewTerm: boolean
  /** The term is at least Redis' time; false: only counted up. */
  termFollowsTime: boolean
  /** Who prepares to take over takes a slot before it connects beside the leader. */
  heirTakesItsOwnSlot: boolean
}

export const TIMING: Timing = {
  renewEvery: 350,
  commandTimeout: 800,
  provenDeadAge: 1200,
  watchlessDeadline: 800,
  deadline: 2500,
  silenceLimit: 3000,
  lease: 4000,
  warmUp: 4500,
  quarantine: 15_000,
  linger: 2000,
  presence: 6000,
  longestRide: 60_000,
}

export const RULES: Rules = {
  timing: TIMING,
  gateInDataPath: true,
  renewalLosesMissingSlots: true,
  proofNeededToInherit: true,
  releaseAfterClose: true,
  rideAsksPeers: true,
  followerFences: true,
  slotNamesAttempt: true,
  suspensionIsNoticed: true,
  ownRecordGetsNewTerm: true,
  termFollowsTime: true,
  heirTakesItsOwnSlot: true,
}

export function withTiming(changes: Partial<Timing>): Rules {
  return { ...RULES, timing: { ...TIMING, ...changes } }
}
