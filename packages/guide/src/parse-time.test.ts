import { describe, expect, test } from '@jest/globals'
import { formatTime, parseTime, type Zone } from './parse-time.ts'

const utc = (text: string) => new Date(`${text}Z`).getTime()

describe('reads times', () => {
  test.each<[string, string]>([
    ['20250330013000 +0000', '2025-03-30T01:30:00'],
    ['20250330013000 +0100', '2025-03-30T00:30:00'],
    ['20250330013000 -0330', '2025-03-30T05:00:00'],
    ['20250330013000+02:00', '2025-03-29T23:30:00'],
    ['20250330013000 +2', '2025-03-29T23:30:00'],
    ['20250330013000 UTC+0200', '2025-03-29T23:30:00'],
    ['20250330013000Z', '2025-03-30T01:30:00'],
    ['20250330013000 GMT', '2025-03-30T01:30:00'],
    ['20250730013000 BST', '2025-07-30T00:30:00'],
    ['20250730013000 aest', '2025-07-29T15:30:00'],
    ['20250130013000 ACDT', '2025-01-29T15:00:00'],
    ['202503300130', '2025-03-30T01:30:00'],
    ['2025033001', '2025-03-30T01:00:00'],
    ['20250330', '2025-03-30T00:00:00'],
    ['2025-03-30T01:30:00Z', '2025-03-30T01:30:00'],
    ['2025-03-30 01:30:00.000 +0100', '2025-03-30T00:30:00'],
    [' 20250330240000 ', '2025-03-31T00:00:00'],
    ['20240229120000', '2024-02-29T12:00:00'],
    ['202503302530', '2025-03-31T01:30:00'],
  ])('%j', (text, expected) => {
    expect(parseTime(text)?.ms).toBe(utc(expected))
  })

  test.each([
    '',
    'tomorrow',
    '2025',
    '20250230000000',
    '20251301000000',
    '20250101006000',
    '20250330990000',
    '20250330013000 +9900',
    '20250330013000 MST',
    '20250330013000 EST',
  ])('refuses %j', (text) => {
    expect(parseTime(text)).toBeUndefined()
  })
})

describe('reads times without an offset in the zone of the guide', () => {
  test.each<[Zone, string, string]>([
    ['Europe/Berlin', '20250115200000', '2025-01-15T19:00:00'],
    ['Europe/Berlin', '20250715200000', '2025-07-15T18:00:00'],
    // The night in which the clock jumps from 2 to 3.
    ['Europe/Berlin', '20250330015959', '2025-03-30T00:59:59'],
    ['Europe/Berlin', '20250330023000', '2025-03-30T01:30:00'],
    ['Europe/Berlin', '20250330030000', '2025-03-30T01:00:00'],
    // The night in which the hour from 2 to 3 comes twice.
    ['Europe/Berlin', '20251026015959', '2025-10-25T23:59:59'],
    ['Europe/Berlin', '20251026023000', '2025-10-26T00:30:00'],
    ['Europe/Berlin', '20251026030000', '2025-10-26T02:00:00'],
    ['Australia/Sydney', '20250115200000', '2025-01-15T09:00:00'],
    ['Australia/Sydney', '20250715200000', '2025-07-15T10:00:00'],
    ['Australia/Sydney', '20250406033000', '2025-04-05T17:30:00'],
    ['Australia/Lord_Howe', '20250715200000', '2025-07-15T09:30:00'],
    ['America/New_York', '20250309020000', '2025-03-09T07:00:00'],
    ['America/New_York', '20251102013000', '2025-11-02T05:30:00'],
    ['Asia/Kathmandu', '20250715200000', '2025-07-15T14:15:00'],
    [330, '20250715200000', '2025-07-15T14:30:00'],
  ])('%s: %s', (zone, text, expected) => {
    expect(parseTime(text, zone)?.ms).toBe(utc(expected))
  })

  test('an offset in the text wins over the zone', () => {
    expect(parseTime('20250715200000 +0000', 'Europe/Berlin')).toEqual({ ms: utc('2025-07-15T20:00:00') })
  })

  test.each<[Zone, string, string, string | undefined]>([
    ['Europe/Berlin', '20251026015959', '2025-10-25T23:59:59', undefined],
    ['Europe/Berlin', '20251026020000', '2025-10-26T00:00:00', '2025-10-26T01:00:00'],
    ['Europe/Berlin', '20251026025959', '2025-10-26T00:59:59', '2025-10-26T01:59:59'],
    ['Europe/Berlin', '20251026030000', '2025-10-26T02:00:00', undefined],
    ['Europe/Berlin', '20251026023000 +0100', '2025-10-26T01:30:00', undefined],
    ['Europe/Berlin', '20250330023000', '2025-03-30T01:30:00', undefined],
    ['Australia/Lord_Howe', '20250406014500', '2025-04-05T14:45:00', '2025-04-05T15:15:00'],
    ['Australia/Lord_Howe', '20250406013000', '2025-04-05T14:30:00', '2025-04-05T15:00:00'],
    ['Australia/Lord_Howe', '20250406020000', '2025-04-05T15:30:00', undefined],
    ['America/Santiago', '20250405233000', '2025-04-06T02:30:00', '2025-04-06T03:30:00'],
    ['Australia/Brisbane', '20250406023000', '2025-04-05T16:30:00', undefined],
  ])('%s: %s is shown once or twice', (zone, text, first, second) => {
    const laterMs = second === undefined ? {} : { laterMs: utc(second) }
    expect(parseTime(text, zone)).toEqual({ ms: utc(first), ...laterMs })
  })
})

test('writes times in UTC, always with the offset', () => {
  expect(formatTime(utc('2025-03-30T01:30:05'))).toBe('20250330013005 +0000')
})
