import { expect, test } from '@jest/globals'
import { readSeries, SEGMENT_FORMATS, writeSeries } from './segment-format.ts'

test.each(['news', 'c 1', '', 'fmp4'])('nodes agree on the formats of channel %p', (channelId) => {
  for (const format of SEGMENT_FORMATS)
    expect(readSeries(writeSeries({ channelId, format }))).toEqual({ channelId, format })
})

test('MPEG-TS keeps the name that older nodes use', () => {
  expect(writeSeries({ channelId: 'news', format: 'ts' })).toBe('news')
})
