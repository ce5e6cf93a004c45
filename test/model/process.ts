import type { Random } from '@kptv/testkit'
import type { Timer, VirtualClock } from './virtual-clock.ts'

/** One start of an edge process: its clocks, and whether it runs just now. */
export type Process = {
  readonly name: string
  readonly alive: boolean
  readonly frozen: boolean
  /** Frozen at this time, or was until just now. */
  readonly frozenSince: number | undefined
  readonly thawedAt: number
  /** The supervisor was frozen with it at some time of this freeze, so nobody could kill it. */
  unwatchedFreeze: boolean
  /** Local clock: runs at its own rate, and stands still while the machine is suspended. */
  monotonicMs(): number
  /** How long the local clock has stood still, by the wall clock. */
  suspendedMs(): number
  readonly rate: number
  /** Runs now, or when the process resumes, or never. */
  run(task: () => void): void
  after(localMs: number, task: () => void): Timer
  freeze(suspended: boolean): void
  thaw(): void
  die(): void
}

/**
 * What waits while a process is frozen runs in any order when it resumes: after SIGCONT a socket's
 * data may be handled before due timers.
 *
 * @param rate local milliseconds that pass in one of Redis'
 */
export function createProcess(
  name: string,
  rate: number,
  { clock, random }: { readonly clock: VirtualClock; readonly random: Random },
) {
  let alive = true
  let frozen = false
  let frozenSince: number | undefined
  let thawedAt = -1000
  let suspendedSince: number | undefined
  let suspendedTotal = 0
  let waiting: Array<() => void> = []

  const suspendedMs = () => (suspendedTotal + (suspendedSince === undefined ? 0 : clock.now - suspendedSince)) * rate

  const process: Process = {
    name,
    rate,
    get alive() {
      return alive
    },
    get frozen() {
      return frozen
    },
    get frozenSince() {
      return frozenSince
    },
    get thawedAt() {
      return thawedAt
    },
    unwatchedFreeze: false,
    monotonicMs: () => clock.now * rate - suspendedMs(),
    suspendedMs,
    run(task) {
      if (!alive) return
      if (frozen) waiting.push(task)
      else task()
    },
    after: (localMs, task) => clock.after(localMs / rate, () => process.run(task)),
    freeze(suspended) {
      frozen = true
      frozenSince = clock.now
      process.unwatchedFreeze = false
      if (suspended) suspendedSince = clock.now
    },
    thaw() {
      if (!frozen) return
      frozen = false
      thawedAt = clock.now
      if (suspendedSince !== undefined) suspendedTotal += clock.now - suspendedSince
      suspendedSince = undefined
      const tasks = waiting
      waiting = []
      for (const task of tasks) clock.after(random.between(0, 20), () => process.run(task))
    },
    die() {
      alive = false
      waiting = []
    },
  }
  return process
}
