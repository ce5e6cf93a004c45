import { expect, test } from '@jest/globals'
import { brokenMediaRules, brokenMultivariantRules, brokenUpdateRules } from './playlist-rules.ts'

const segment = (number: number, atS: number): string[] => [
  `#EXT-X-PROGRAM-DATE-TIME:${new Date(atS * 1_000).toISOString()}`,
  '#EXTINF:4.000,',
  `${number}.ts`,
]
const playlist = (first: number, ...segments: readonly string[]): string =>
  [
    '#EXTM3U',
    '#EXT-X-VERSION:3',
    '#EXT-X-TARGETDURATION:4',
    `#EXT-X-MEDIA-SEQUENCE:${first}`,
    '#EXT-X-DISCONTINUITY-SEQUENCE:0',
    ...segments,
    '',
  ].join('\n')
const good = playlist(7, ...segment(7, 0), ...segment(8, 4))

test('a playlist that follows the rules breaks none', () => {
  expect(brokenMediaRules(good)).toEqual([])
  expect(brokenUpdateRules(good, playlist(8, ...segment(8, 4), ...segment(9, 8)))).toEqual([])
})

test.each([
  ['a missing target', '#EXT-X-TARGETDURATION:4\n', ''],
  ['a tag twice', '#EXT-X-VERSION:3', '#EXT-X-VERSION:3\n#EXT-X-VERSION:3'],
  ['a tag that is not known', '#EXTINF', '#EXT-X-CUE-OUT\n#EXTINF'],
  ['a segment that is too long', '#EXTINF:4.000', '#EXTINF:4.501'],
  ['an address twice', '8.ts', '7.ts'],
  ['a missing date', /#EXT-X-PROGRAM.*\n#EXTINF:4.000,\n8/, '#EXTINF:4.000,\n8'],
  ['a date that steps back', '00:00:04', '00:00:03'],
  ['an end', /$/, '#EXT-X-ENDLIST\n'],
  ['a low version', 'VERSION:3', 'VERSION:2'],
])('detects %s', (_, part, instead) => {
  expect(brokenMediaRules(good.replace(part, instead))).not.toEqual([])
})

test.each([
  ['a number that steps back', playlist(6, ...segment(6, 0), ...segment(7, 4))],
  ['another segment under a number', playlist(7, ...segment(8, 4), ...segment(9, 8))],
  ['a break that was none', playlist(7, ...segment(7, 0), '#EXT-X-DISCONTINUITY', ...segment(8, 4))],
  ['another target', good.replace('DURATION:4', 'DURATION:5')],
])('detects %s in an update', (_, next) => {
  expect(brokenUpdateRules(good, next)).not.toEqual([])
})

test('detects what a variant lacks', () => {
  const variant =
    '#EXT-X-STREAM-INF:BANDWIDTH=2,AVERAGE-BANDWIDTH=1,CODECS="avc1.640028",RESOLUTION=2x2,FRAME-RATE=25.000'
  const text = `#EXTM3U\n${variant}\nlive.m3u8\n`
  expect(brokenMultivariantRules(text)).toEqual([])
  for (const part of ['BANDWIDTH=2,', ',FRAME-RATE=25.000', 'live.m3u8\n', 'CODECS="avc1.640028",'])
    expect(brokenMultivariantRules(text.replace(part, ''))).not.toEqual([])
})
