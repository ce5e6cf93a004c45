/** All times of the cluster, in milliseconds. Every edge of a cluster must have the same ones. */
export type Timing = Readonly<{
  /** Between two beats, ±10 %. */
  beatMs: number
  /** A command of the lease connection without an answer for so long has failed. */
  commandMs: number
  /** A holder counts as gone only if it has renewed nothing for so long, besides having no subscription any more. */
  proofAgeMs: number
  /** The own deadline while others could take this process for gone, because its subscription is down. */
  unwatchedDeadlineMs: number
  /** The own deadline: who could not renew for so long stops by itself, by the monotonic clock. */
  deadlineMs: number
  /** The supervisor ends an edge process that is silent for so long. */
  killAfterMs: number
  /** Lifetime in Redis of a leadership and of the record of a node. */
  leaseMs: number
  /** After Redis has lost its memory, only those who held something may take it, for so long. */
  warmUpMs: number
  /** A slot outlives its holder's lease by so long when the end of the holder is unproven. */
  quarantineMs: number
  /** Viewers of a node that is gone count for so long. */
  presenceMs: number
  /** While Redis refuses connections, holders go on for at most so long. */
  outageGraceMs: number
  /** Between two searches for what dead nodes have left. */
  reconcileMs: number
}>

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
 * The default times, some of them changed.
 *
 * @throws RangeError that names what does not fit together
 */
export function timingWith(changes: Partial<Timing>): Timing {
  const timing = { ...defaultTiming, ...changes }
  checkTiming(timing)
  return timing
}

/** How long a slot stays taken after its last renewal: the lease and the quarantine in one number. */
export function slotLeaseMs({ leaseMs, quarantineMs }: Pick<Timing, 'leaseMs' | 'quarantineMs'>): number {
  return leaseMs + quarantineMs
}

const INEQUALITIES: ReadonlyArray<readonly [text: string, holds: (timing: Timing) => boolean]> = [
  ['2 · beatMs < unwatchedDeadlineMs', (t) => 2 * t.beatMs < t.unwatchedDeadlineMs],
  // The clock of a host may run up to 1.5 times slower than Redis'. With the others this is also 3 · beatMs < deadlineMs.
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
 * Whether the times fit each other: one stops before another may start, and a frozen process is ended before its
 * lease is.
 *
 * @throws RangeError that names the first inequality that does not hold, with the times.
 */
function checkTiming(timing: Timing): void {
  for (const [name, value] of Object.entries(timing)) {
    if (!(Number.isFinite(value) && value >= 0)) throw new RangeError(`${name} must be a number of ms, not ${value}`)
  }
  const broken = INEQUALITIES.find(([, holds]) => !holds(timing))
  if (broken) throw new RangeError(`these times are not safe, ${broken[0]} does not hold: ${JSON.stringify(timing)}`)
}
