import { createRandom, type Random } from '@kptv/testkit'
import { FAULT_KINDS, type Fault, type FaultKind } from './faults.ts'

export type Schedule = {
  readonly seed: number
  /** Local milliseconds in one of Redis', for each host. */
  readonly rates: number[]
  readonly channels: string[]
  /** Limits by source; every channel can be had from every source. */
  readonly sources: Map<string, number>
  /** For each host, which channels it has viewers of. */
  readonly viewers: string[][]
  readonly faults: Fault[]
}

export type ScheduleOptions = {
  /** What the faults are chosen from. */
  readonly kinds?: readonly FaultKind[]
  /** Two channels, one connection. */
  readonly scarce?: boolean
}

/** Everything that a seed decides before the first event. */
export function createSchedule(seed: number, options: ScheduleOptions = {}): Schedule {
  const random = createRandom(seed)
  const { kinds = FAULT_KINDS, scarce = random.chance(0.1) } = options
  const channels = scarce || random.chance(0.5) ? ['news', 'sport'] : ['news']
  const rates = Array.from({ length: random.whole(2, 3) }, () => chooseRate(random))
  const viewers = rates.map((_, index) => channels.filter(() => index === 0 || random.chance(0.8)))
  const faults = Array.from({ length: random.whole(1, 5) }, () => chooseFault(random, kinds))
  const sources = scarce ? new Map([['one', 1]]) : chooseSources(random, channels.length)
  return { seed, rates, channels, sources, viewers, faults: inOrder(faults) }
}

function chooseRate(random: Random): number {
  return random.chance(0.6) ? 1 : 1.5 ** random.between(-1, 1)
}

/** Together just enough, so that a lost slot shows, or one to spare. */
function chooseSources(random: Random, needed: number): Map<string, number> {
  const total = needed + (random.chance(0.4) ? 1 : 0)
  if (total === 1 || random.chance(0.6)) return new Map([['one', total]])
  return new Map([
    ['one', total - 1],
    ['two', 1],
  ])
}

function chooseFault(random: Random, kinds: readonly FaultKind[]): Fault {
  const isLong = random.chance(0.12)
  const ms = Math.round(isLong ? random.between(8000, 26_000) : random.between(200, 6500))
  return {
    at: Math.round(random.between(1200, 9500)),
    kind: random.pick(kinds),
    ms,
    aim: random.chance(0.5) ? 0 : random.whole(0, 2),
  }
}

function inOrder(faults: Fault[]): Fault[] {
  return faults.toSorted((one, other) => one.at - other.at)
}
