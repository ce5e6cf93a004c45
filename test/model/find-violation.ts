import type { Violation } from './judge.ts'
import type { Rules } from './rules.ts'
import { runSchedule } from './run-schedule.ts'
import { createSchedule, type Schedule, type ScheduleOptions } from './schedule.ts'

type Found = { readonly seed: number; readonly schedule: Schedule; readonly violation: Violation }

/** The first seed from `from` on whose schedule breaks one of `invariants` under these rules. */
export function findViolation(rules: Rules, search: SearchOptions): Found | undefined {
  for (let seed = search.from ?? 1; seed <= search.seeds; seed += 1) {
    const schedule = createSchedule(seed, search)
    const violation = runSchedule(schedule, { rules }).violations.find(({ invariant }) => {
      return search.invariants.includes(invariant)
    })
    if (violation !== undefined) return { seed, schedule, violation }
  }
  return undefined
}

type SearchOptions = ScheduleOptions & {
  /** Default 1. */
  readonly from?: number
  readonly seeds: number
  readonly invariants: readonly string[]
}
