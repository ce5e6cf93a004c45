import { describe, expect, test } from '@jest/globals'
import { shortOrLong } from '@kptv/testkit'
import { describeFailure, describeSchedule } from './describe-failure.ts'
import { runSchedule } from './run-schedule.ts'
import { createSchedule } from './schedule.ts'

const replayed = process.env.MODEL_SEED
const SCHEDULES = Number(process.env.MODEL_SCHEDULES ?? shortOrLong(1_000, 10_000))
const PACK = 500

if (replayed === undefined) {
  describe(`${SCHEDULES} schedules of faults keep all invariants`, () => {
    test.each(Array.from({ length: Math.ceil(SCHEDULES / PACK) }, (_, pack) => pack * PACK + 1))(
      'from seed %i',
      (first) => {
        for (let seed = first; seed < Math.min(first + PACK, SCHEDULES + 1); seed += 1) {
          const schedule = createSchedule(seed)
          if (runSchedule(schedule).violations.length > 0) throw new Error(describeFailure(schedule))
        }
      },
    )
  })
} else {
  test(`seed ${replayed}`, () => {
    const schedule = createSchedule(Number(replayed))
    const log: string[] = []
    const { violations } = runSchedule(schedule, { log })
    process.stderr.write(`${[...describeSchedule(schedule), ...log].join('\n')}\n`)
    expect(violations).toEqual([])
  })
}

test('the same seed gives the same schedule and the same events', () => {
  const logs = [17, 17, 18].map((seed) => {
    const log: string[] = []
    runSchedule(createSchedule(seed), { log })
    return log.join('\n')
  })
  expect(logs[0]).toBe(logs[1])
  expect(logs[0]).not.toBe(logs[2])
})
