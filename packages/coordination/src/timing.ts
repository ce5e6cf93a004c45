/** All times of the cluster, in milliseconds. Every edge of a cluster must use the same ones. */
export type Timing = {
  /** Between two beats, ±10 %. */
  readonly beatMs: number
  /** A command of the lease connection fails when it gets no answer within this time. */
  readonly commandMs: number
  /**
   * A holder counts as gone only if it has not renewed for this long, and has no subscription
   * either.
   */
  readonly proofAgeMs: number
  /**
   * The deadline while others could believe this process gone, because its subscription is down.
   */
  readonly unwatchedDeadlineMs: number
  /** The deadline: a holder that could not renew for this long stops, by its monotonic clock. */
  readonly deadlineMs: number
  /** The supervisor kills an edge process that is silent for this long. */
  readonly killAfterMs: number
  /** Lifetime in Redis of a leadership and of a node record. */
  readonly leaseMs: number
  /** How long only former holders may take leases after Redis has lost its memory. */
  readonly warmUpMs: number
  /** How long a slot outlives its holder's lease when the holder's end is unproven. */
  readonly quarantineMs: number
  /** How long the viewers of a node that is gone still count. */
  readonly presenceMs: number
  /** How long holders continue, at most, while Redis refuses connections. */
  readonly outageGraceMs: number
  /** Between two searches for leases that dead nodes have left. */
  readonly reconcileMs: number
}

export const defaultTiming: Timing = {
  beatMs: 350,
  commandMs: 800,
  proofAgeMs: 1200,
  unwatchedDeadlineMs: 800,
  deadlineMs: 2500,
  killAfterMs: 3000,
  leaseMs: 4000,
  warmUpMs: 4500,
  quarantineMs: 15_000,
  presenceMs: 6000,
  outageGraceMs: 60_000,
  reconcileMs: 10_000,
}

/**
 * The default times with some changes.
 *
 * @throws RangeError that names the inequality that fails
 */
export function timingWith(changes: Partial<Timing>): Timing {
  const timing = { ...defaultTiming, ...changes }
  checkTiming(timing)
  return timing
}

/**
 * How long a slot stays taken after its last renewal: the lease and the quarantine in one number.
 */
export function slotLeaseMs({ leaseMs, quarantineMs }: Pick<Timing, 'leaseMs' | 'quarantineMs'>): number {
  return leaseMs + quarantineMs
}

const INEQUALITIES: ReadonlyArray<readonly [text: string, holds: (timing: Timing) => boolean]> = [
  ['2 · beatMs < unwatchedDeadlineMs', (t) => 2 * t.beatMs < t.unwatchedDeadlineMs],
  // A host's clock may run up to 1.5 times slower than Redis'. With the others this also implies 3
  // · beatMs < deadlineMs.
  ['1.5 · unwatchedDeadlineMs ≤ proofAgeMs', (t) => 1.5 * t.unwatchedDeadlineMs <= t.proofAgeMs],
  ['proofAgeMs ≤ deadlineMs', (t) => t.proofAgeMs <= t.deadlineMs],
  ['beatMs + commandMs < deadlineMs', (t) => t.beatMs + t.commandMs < t.deadlineMs],
  ['deadlineMs + 300 ≤ killAfterMs', (t) => t.deadlineMs + 300 <= t.killAfterMs],
  ['killAfterMs + 500 ≤ leaseMs', (t) => t.killAfterMs + 500 <= t.leaseMs],
  ['leaseMs < warmUpMs', (t) => t.leaseMs < t.warmUpMs],
  ['quarantineMs ≥ 0', (t) => t.quarantineMs >= 0],
  ['2 · beatMs < presenceMs', (t) => 2 * t.beatMs < t.presenceMs],
  ['deadlineMs ≤ outageGraceMs', (t) => t.deadlineMs <= t.outageGraceMs],
  ['beatMs < reconcileMs', (t) => t.beatMs < t.reconcileMs],
]

/**
 * Checks that the times fit together: one holder stops before another may start, and a frozen
 * process is killed before its lease ends.
 *
 * @throws RangeError that names the first inequality that fails, with the times
 */
function checkTiming(timing: Timing): void {
  for (const [name, value] of Object.entries(timing)) {
    if (!(Number.isFinite(value) && value >= 0)) throw new RangeError(`${name} must be a number of ms, not ${value}`)
  }
  const broken = INEQUALITIES.find(([, holds]) => !holds(timing))
  if (broken) throw new RangeError(`these times are not safe, ${broken[0]} does not hold: ${JSON.stringify(timing)}`)
}
