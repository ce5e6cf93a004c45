import { describe, expect, test } from '@jest/globals'
import { type EventNames, type EventParts, eventOfName } from './event-of-name.ts'
import { fillSchedule } from './fill-schedule.ts'

const HOUR_MS = 3_600_000
const at = (text: string) => Date.parse(`${text}:00Z`)
/** Two days. */
const WINDOW = { fromMs: at('2026-01-01T00:00'), toMs: at('2026-01-03T00:00') }

const reads = (parts: EventParts | undefined, zone: string | number = 0, hours = 3): EventNames => ({
  partsOf: () => parts,
  zone,
  lengthMs: hours * HOUR_MS,
})

describe('when an event starts', () => {
  test.each<[string, EventParts, string | number, string[]]>([
    ['no time', {}, 0, []],
    ['a day without a time', { day: '1', month: '1' }, 0, []],
    ['a time, every day', { hour: '20', minute: '30' }, 0, ['2026-01-01T20:30', '2026-01-02T20:30']],
    ['every night of a zone', { hour: '21' }, 'America/New_York', ['2026-01-01T02:00', '2026-01-02T02:00']],
    ['one that runs at midnight', { hour: '22' }, 0, ['2025-12-31T22:00', '2026-01-01T22:00', '2026-01-02T22:00']],
    ['a zone east of UTC', { hour: '8' }, 'Australia/Sydney', ['2026-01-01T21:00', '2026-01-02T21:00']],
    ['a date', { year: '2026', month: '1', day: '2', hour: '8' }, 0, ['2026-01-02T08:00']],
    ['a year of two digits', { year: '26', month: '01', day: '02', hour: '08' }, 0, ['2026-01-02T08:00']],
    ['a month by name', { month: 'January', day: '2', hour: '8' }, 0, ['2026-01-02T08:00']],
    ['the last night of a year', { month: 'Dec', day: '31', hour: '23' }, 0, ['2025-12-31T23:00']],
    ['evening', { day: '1', month: '1', hour: '8', ampm: 'pm' }, 'America/New_York', ['2026-01-02T01:00']],
    ['noon', { day: '1', month: '1', hour: '12', ampm: 'PM' }, 0, ['2026-01-01T12:00']],
    ['midnight', { day: '1', month: '1', hour: '12', ampm: 'a.m.' }, 0, ['2026-01-01T00:00']],
    ['too late', { day: '1', month: '2', hour: '8' }, 0, []],
    ['long ago', { year: '2024', day: '1', month: '1', hour: '8' }, 0, []],
    ['no such hour', { hour: '25' }, 0, []],
    ['no such minute', { hour: '1', minute: '61' }, 0, []],
    ['no such day', { day: '31', month: '2', hour: '8' }, 0, []],
    ['no such month', { day: '31', month: 'x', hour: '8' }, 0, []],
    ['empty parts', { year: '', month: '', day: '', hour: '', minute: '', ampm: '' }, 0, []],
  ])('%s', (_, parts, zone, expected) => {
    const event = eventOfName('any', [reads({ title: 'Fight', ...parts }, zone)], WINDOW)
    expect(event).toEqual({ title: 'Fight', startsMs: expected.map(at), lengthMs: 3 * HOUR_MS })
  })
})

test('the first pattern that finds a title counts', () => {
  const patterns = [reads(undefined), reads({ title: ' ' }), reads({ title: ' One ' }), reads({ title: 'Two' })]
  expect(eventOfName('any', patterns, WINDOW)?.title).toBe('One')
  expect(eventOfName('any', patterns.slice(0, 2), WINDOW)).toBeUndefined()
})

describe('the programmes of an event channel', () => {
  const day = { fromMs: WINDOW.fromMs, toMs: WINDOW.fromMs + 24 * HOUR_MS }
  const shown = (parts: EventParts, hours: number) =>
    fillSchedule('PPV 1', day, eventOfName('any', [reads({ title: 'A & B', ...parts }, 0, hours)], day)).map(
      ({ startMs, stopMs, body }) => [(startMs - day.fromMs) / HOUR_MS, (stopMs - day.fromMs) / HOUR_MS, body],
    )
  const name = '<title>PPV 1</title>'
  const title = '<title>A &amp; B</title>'

  test('have its title if the name has no time', () => {
    expect(shown({}, 3)).toEqual([0, 4, 8, 12, 16, 20].map((hour) => [hour, hour + 4, title]))
  })

  test("are the event at its time, and the channel's name before and after it", () => {
    expect(shown({ day: '1', month: '1', hour: '10' }, 7)).toEqual([
      [0, 4, name],
      [4, 8, name],
      [8, 10, name],
      [10, 17, title],
      [17, 20, name],
      [20, 24, name],
    ])
  })
})
