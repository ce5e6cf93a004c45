import { expect, test } from '@jest/globals'
import { parsePlaylist } from './parse-playlist.ts'
import { readProgramDate } from './program-date.ts'

const NOON = Date.UTC(2026, 10, 22, 12)

test.each([
  ['2026-11-22T12:00:00Z', NOON],
  ['2026-11-22T12:00:00.250z', NOON + 250],
  ['2026-11-22T12:00:00.250123', NOON + 250],
  ['2026-11-22T13:00:00.000+0100', NOON],
  ['2026-11-22T06:30:00-05:30', NOON],
  ['2026-11-22T14:00:00+02', NOON],
  ['2026-11-22', undefined],
  ['2026-13-22T12:00:00Z', undefined],
  ['', undefined],
])('the date %j', (text, dateMs) => {
  expect(readProgramDate(text)).toBe(dateMs)
})

const datesIn = (text: string) => {
  const playlist = parsePlaylist(`#EXTM3U\n#EXT-X-TARGETDURATION:4\n${text}`)
  return playlist.kind === 'media' ? playlist.segments.map(({ dateMs }) => dateMs && dateMs - NOON) : playlist
}

test('segments without a date get one from their neighbours', () => {
  const [date, later] = [
    '#EXT-X-PROGRAM-DATE-TIME:2026-11-22T12:00:00Z\n',
    '#EXT-X-PROGRAM-DATE-TIME:2026-11-22T13:00:00Z\n',
  ]
  const segment = '#EXTINF:2.5,\nx\n'
  const text = segment + segment + date + segment + segment + later + segment + segment
  expect(datesIn(text)).toEqual([-5_000, -2_500, 0, 2_500, 3_600_000, 3_602_500])
  expect(datesIn(segment + segment)).toEqual([undefined, undefined])
})
