import { expect, test } from '@jest/globals'
import { type GuideSize, judgeGuide } from './judge-guide.ts'

const HOUR_MS = 3_600_000
const NOW_MS = 1_000 * HOUR_MS
const size = (matchedProgrammes: number, lastHour = 1_100, channels = 10): GuideSize => ({
  matchedProgrammes,
  channels,
  lastStartMs: matchedProgrammes === 0 ? undefined : lastHour * HOUR_MS,
})

test.each<[string, GuideSize, GuideSize | undefined, ReturnType<typeof judgeGuide>]>([
  ['a first guide', size(100), undefined, undefined],
  ['a longer one', size(200, 1_124), size(100), undefined],
  ['a little less', size(60), size(100), undefined],
  ['no XMLTV at all', size(0, 0, 0), undefined, 'guide-not-xmltv'],
  ['empty, after a good one', size(0), size(100), 'guide-empty'],
  ['a first guide without anything that is wanted', size(0), undefined, undefined],
  ['a tenth of what it was', size(10), size(100), 'guide-shrunken'],
  ['half of a small one', size(10), size(30), undefined],
  ['yesterday’s', size(100, 999), size(100, 980), 'guide-all-past'],
  ['an old copy', size(100, 1_076), size(100), 'guide-older'],
  ['cut off, after a whole one', { ...size(90), isCutOff: true }, size(100), 'guide-cut-off'],
  ['one that is never closed', { ...size(90), isCutOff: true }, { ...size(100), isCutOff: true }, undefined],
  ['some hours shorter', size(100, 1_095), size(100), undefined],
])('%s', (_, next, last, expected) => {
  expect(judgeGuide(next, last, NOW_MS)).toBe(expected)
})
