import type { Violation } from './judge.ts'
import type { Rules } from './rules.ts'
import { runSchedule } from './run-schedule.ts'
import { createSchedule, type Schedule, type ScheduleOptions } from './schedule.ts'

export type Found = { seed: number; schedule: Schedule; violation: Violation }

/** The first seed whose schedule breaks one of `invariants` under these rules. */
export function findViolation(rules: Rules, search: SearchOptions): Found | undefined {
  for (let seed = 1; seed <= search.seeds; seed += 1) {
    const schedule = createSchedule(seed, search)
    const violation = runSchedule(schedule, { rules }).violations.find(({ invariant }) => {
      return search.invariants.includes(invariant)
    })
    if (violation !== undefined) return { seed, schedule, violation }
  }
  return undefined
}

export type SearchOptions = ScheduleOptions & { seeds: number; invariants: readonly string[] }
