import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createM3uParser } from './parse-m3u.ts'

/** Other lines in every run. */
const LISTS = process.env.TEST_LENGTH === 'long' ? 40 : 1
const LINES = 100_000
const SLICE_BYTES = 16 * 1024

const line = fc.oneof(
  fc.constantFrom(
    ...['#EXTM3U tvg-shift="1" url-tvg="http://g/1"', '#EXTINF:-1,A', '#EXTINF:-1 tvg-id="x" group-title="A;B",B'],
    ...['#EXTINF:-1 a="b', '#EXTGRP:A|B', '#EXTVLCOPT:program=1', '#EXTVLCOPT:http-user-agent=x', '#KODIPROP:a=b'],
    ...['#EXTHTTP:{"Cookie":"c"}', '#EXTENC:windows-1251', '#', '', 'http://t/1', 'udp://@239.0.0.1:1', '/x.ts'],
    ...['http://t/1|Referer=a', 'A,http://t/1#http://t/2$x', 'G,#genre#', 'ftp://t/', 'http://t:99999/', '<html>'],
  ),
  fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll(/[\r\n]/g, ' ')),
)
/** A few dozen lines, over and over, each time with another number. */
const pattern = fc.array(line, { minLength: 1, maxLength: 40 })

test('a list of 100,000 lines of any mixture never throws, and every item of it is counted', () => {
  fc.assert(
    fc.property(pattern, fc.constantFrom<BufferEncoding>('utf8', 'latin1'), (lines, encoding) => {
      const text = Array.from({ length: LINES }, (_, at) =>
        lines[at % lines.length]!.replace('http://t/1', `http://t/${at}`),
      )
      const bytes = Buffer.from(text.join('\n'), encoding)
      const parser = createM3uParser({ baseUrl: 'http://t/', skipsUnplayable: true })
      let entries = 0
      for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
        entries += parser.push(bytes.subarray(at, at + SLICE_BYTES)).length
      }
      entries += parser.end().length
      const items = text.filter((one) => one.startsWith('#EXTINF')).length
      const isList = parser.notAPlaylist === undefined
      expect(!isList || entries + parser.skipped.total >= items).toBe(true)
      expect(Object.values(parser.skipped.byReason).reduce((sum, count) => sum + count, 0)).toBe(parser.skipped.total)
      expect(parser.skipped.first.length).toBeLessThan(100)
    }),
    { numRuns: LISTS },
  )
}, 600_000)
