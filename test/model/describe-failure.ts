import { runSchedule } from './run-schedule.ts'
import type { Schedule } from './schedule.ts'

/**
 * Plays the schedule again, this time with a log, and puts all that is needed to understand it into
 * one text.
 */
export function describeFailure(schedule: Schedule): string {
  const log: string[] = []
  const { violations } = runSchedule(schedule, { log })
  return [
    `MODEL_SEED=${schedule.seed} breaks an invariant: ${violations.map(({ invariant, text }) => `${invariant} ${text}`)}`,
    ...describeSchedule(schedule),
    ...log,
  ].join('\n')
}

export function describeSchedule({ rates, sources, viewers, faults }: Schedule): string[] {
  return [
    `clock rates ${rates.map((rate) => rate.toFixed(2)).join(', ')}; limits ${[...sources].map((pair) => pair.join(' '))}`,
    `viewers by host: ${viewers.map((channels) => channels.join(' and ') || 'none').join('; ')}`,
    ...faults.map(({ at, kind, ms, aim }) => `fault at ${at} ms for ${ms} ms: ${kind} (aim ${aim})`),
  ]
}
