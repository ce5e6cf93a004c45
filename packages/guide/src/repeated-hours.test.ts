import { describe, expect, test } from '@jest/globals'
import { GuideReader } from './guide-reader.ts'
import { mergeProgrammes } from './merge-programmes.ts'
import type { ReadProgramme } from './model.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const ALWAYS = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY }

/** The clock of a zone, as XMLTV writes it, without an offset. */
function clockOf(zone: string): (ms: number) => string {
  const options = { timeZone: zone, dateStyle: 'short', timeStyle: 'medium', hourCycle: 'h23' } as const
  const format = new Intl.DateTimeFormat('sv-SE', options)
  return (ms) => format.format(ms).replace(/\D/g, '')
}

const offsetOf = (zone: string, ms: number): string => {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(ms)
  const offset = parts.find(({ type }) => type === 'timeZoneName')?.value.replace(/GMT|:/g, '')
  return offset || '+0000'
}

type Written = { readonly start: string; readonly stop?: string; readonly title: string }

const element = ({ start, stop, title }: Written) =>
  `<programme start="${start}"${stop === undefined ? '' : ` stop="${stop}"`} channel="a"><title>${title}</title></programme>`

/** Start, stop and title of what is served of a guide. */
function served(zone: string, written: readonly Written[]): Array<[number, number, string]> {
  const programmes: ReadProgramme[] = []
  const reader = new GuideReader({
    onChannel: () => {},
    wanted: () => ({ zone, shiftMs: 0 }),
    onProgramme: (_, programme) => programmes.push(programme),
  })
  reader.push(Buffer.from(`<tv>${written.map(element).join('\n')}</tv>`))
  reader.end()
  return mergeProgrammes([programmes], ALWAYS).map(({ startMs, stopMs, body }) => [
    startMs,
    stopMs,
    />(.*)</.exec(body)?.[1] ?? '',
  ])
}

/** Programmes of so many minutes, from some hours before a moment until some after it. */
function schedule(changeMs: number, minutes: number): Array<[number, number, string]> {
  const lengthMs = minutes * MINUTE_MS
  return Array.from({ length: Math.ceil((8 * HOUR_MS) / lengthMs) }, (_, index) => {
    const startMs = changeMs - 4 * HOUR_MS + index * lengthMs
    return [startMs, startMs + lengthMs, `${index}`]
  })
}

/** Zones with the moments at which their clocks are set forward and back; UTC. */
const ZONES: ReadonlyArray<readonly [zone: string, ...changes: string[]]> = [
  ['Australia/Sydney', '2025-10-04T16:00Z', '2025-04-05T16:00Z'],
  ['Australia/Melbourne', '2026-10-03T16:00Z', '2026-04-04T16:00Z'],
  ['Australia/Hobart', '2025-10-04T16:00Z', '2025-04-05T16:00Z'],
  ['Australia/Adelaide', '2025-10-04T16:30Z', '2025-04-05T16:30Z'],
  ['Australia/Broken_Hill', '2025-10-04T16:30Z', '2025-04-05T16:30Z'],
  ['Australia/Lord_Howe', '2025-10-04T15:30Z', '2025-04-05T15:00Z'],
  ['Australia/Brisbane', '2025-04-05T16:00Z'],
  ['Australia/Darwin', '2025-04-05T16:30Z'],
  ['Australia/Perth', '2025-04-05T18:00Z'],
  ['Pacific/Auckland', '2025-09-27T14:00Z', '2025-04-05T14:00Z'],
  ['Pacific/Chatham', '2025-09-27T14:00Z', '2025-04-05T14:00Z'],
  ['Europe/London', '2025-03-30T01:00Z', '2025-10-26T01:00Z'],
  ['Europe/Berlin', '2025-03-30T01:00Z', '2025-10-26T01:00Z'],
  ['Europe/Athens', '2025-03-30T01:00Z', '2025-10-26T01:00Z'],
  ['Atlantic/Azores', '2025-03-30T01:00Z', '2025-10-26T01:00Z'],
  ['America/New_York', '2025-03-09T07:00Z', '2025-11-02T06:00Z'],
  ['America/Los_Angeles', '2025-03-09T10:00Z', '2025-11-02T09:00Z'],
  ['America/St_Johns', '2025-03-09T05:30Z', '2025-11-02T04:30Z'],
  ['America/Phoenix', '2025-03-09T09:00Z'],
  ['America/Santiago', '2025-09-07T04:00Z', '2025-04-06T03:00Z'],
  ['America/Havana', '2025-03-09T05:00Z', '2025-11-02T05:00Z'],
  ['Africa/Casablanca', '2025-04-06T02:00Z', '2025-02-23T02:00Z'],
  ['Asia/Kathmandu', '2025-04-05T20:15Z'],
]
const NIGHTS = ZONES.flatMap(([zone, ...changes]) => changes.map((change) => [zone, change] as const))

describe.each(NIGHTS)('%s, the night of %s', (zone, change) => {
  const clock = clockOf(zone)
  const changeMs = Date.parse(change)
  const repeatedMinutes = zone === 'Australia/Lord_Howe' ? 30 : 60

  test.each([10, 20, 25, 30, 45, 50, 60])('programmes of %d minutes', (minutes) => {
    const expected = schedule(changeMs, minutes)
    const write = (time: (ms: number) => string, hasStops = true): Written[] =>
      expected.map(([startMs, stopMs, title]) => ({
        start: time(startMs),
        ...(hasStops ? { stop: time(stopMs) } : {}),
        title,
      }))
    expect(
      served(
        zone,
        write((ms) => `${clock(ms)} ${offsetOf(zone, ms)}`),
      ),
    ).toEqual(expected)
    expect(
      served(
        'UTC',
        write((ms) => `${clock(ms)} ${offsetOf(zone, ms)}`),
      ),
    ).toEqual(expected)
    // One that is longer than what is repeated may seem to end before it is.
    if (minutes > repeatedMinutes) return
    expect(served(zone, write(clock))).toEqual(expected)
    expect(served(zone, write(clock).toReversed())).toEqual(expected)
    // Without a stop, the last one is taken to last three hours.
    expect(served(zone, write(clock, false)).slice(0, -1)).toEqual(expected.slice(0, -1))
  })
})

describe('in a doubled hour', () => {
  const FIRST_MS = Date.parse('2025-10-26T00:00Z')
  const starts = (...written: readonly Written[]) =>
    served('Europe/Berlin', written).map(([startMs, , title]) => [title, (startMs - FIRST_MS) / MINUTE_MS])
  const at = (start: string, stop: string, title: string): Written => ({
    start: `20251026${start}00`,
    stop: `20251026${stop}00`,
    title,
  })

  test('a programme that is written twice is served once', () => {
    const news = at('0200', '0230', 'News')
    expect(starts(at('0100', '0200', 'Quiz'), news, news, at('0230', '0300', 'Sport'))).toEqual([
      ['Quiz', -60],
      ['News', 0],
      ['Sport', 30],
    ])
  })

  test('a list of programmes that is written twice is served once', () => {
    const list = [at('0100', '0200', 'A'), at('0200', '0200', 'B'), at('0200', '0300', 'C'), at('0300', '0400', 'D')]
    const once = [
      ['A', -60],
      ['B', 0],
      ['C', 60],
      ['D', 120],
    ]
    expect(starts(...list, ...list)).toEqual(once)
  })

  test('a programme that begins before the one before it ends is not moved by an hour', () => {
    expect(starts(at('0130', '0205', 'A'), at('0200', '0230', 'B'), at('0230', '0240', 'C'))).toEqual([
      ['A', -30],
      ['B', 0],
      ['C', 30],
    ])
  })

  test('programmes that overlap by a second follow each other', () => {
    const { title, start } = at('0208', '0300', 'B')
    const across = { start, stop: '20251026020801', title: 'A' }
    expect(served('Europe/Berlin', [across, { start, stop: '20251026030700', title }])).toEqual([
      [FIRST_MS + 8 * MINUTE_MS, FIRST_MS + 68 * MINUTE_MS, 'A'],
      [FIRST_MS + 68 * MINUTE_MS, FIRST_MS + 127 * MINUTE_MS, 'B'],
    ])
  })

  test('nothing is lost where the programme across the change is missing', () => {
    expect(starts(at('0200', '0230', 'A'), at('0200', '0230', 'B'), at('0230', '0300', 'C'))).toEqual([
      ['A', 0],
      ['B', 60],
      ['C', 90],
    ])
  })

  test('only offsets count where there are any', () => {
    const offsets = (start: string, stop: string, title: string): Written => ({
      start: `20251026${start}`,
      stop: `20251026${stop}`,
      title,
    })
    expect(starts(offsets('020000 +0100', '030000 +0100', 'B'), offsets('020000 +0200', '020000 +0100', 'A'))).toEqual([
      ['A', 0],
      ['B', 60],
    ])
  })
})
