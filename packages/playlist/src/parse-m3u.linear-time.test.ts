import { expect, test } from '@jest/globals'
import { createEntryFilter } from './entry-filter.ts'
import { createGrouper } from './group-channels.ts'
import { createM3uParser } from './parse-m3u.ts'

const ENTRY = '#EXTINF:-1,A\nhttp://t/1\n'
const LINE = 60 * 1024

// Quadratic work on so much text would take minutes and hit the test's own deadline.
test.each<[string, string]>([
  ['200,000 entries of one name', `#EXTM3U\n${ENTRY.repeat(200_000)}`],
  ['200,000 first lines', '#EXTM3U tvg-shift="1" url-tvg="http://g/"\n'.repeat(200_000)],
  ['200,000 guides', Array.from({ length: 100_000 }, (_, index) => `#EXTM3U url-tvg="http://g/${index}"`).join('\n')],
  [
    '200,000 groups',
    Array.from({ length: 200_000 }, (_, index) => `#EXTGRP:${index};${index}\nhttp://t/${index}`).join('\n'),
  ],
  ['200,000 options of one entry', `${'#EXTVLCOPT:http-user-agent=x\n'.repeat(200_000)}http://t/1\n`],
  ['lines of attributes only', `#EXTINF:-1 ${'a="b" '.repeat(LINE / 6)},A\nhttp://t/1\n`.repeat(50)],
  [
    'lines with always new attributes',
    `#EXTINF:-1 ${Array.from({ length: 6000 }, (_, index) => `k${index}=v`).join(' ')},A\nhttp://t/1\n`.repeat(50),
  ],
  ['lines of quotes', `#EXTINF:-1 a=${'"'.repeat(LINE)},A\nhttp://t/1\n`.repeat(50)],
  ['lines of quotes by turns', `#EXTINF:-1 ${'a=\'"b'.repeat(LINE / 5)},A\nhttp://t/1\n`.repeat(50)],
  ['lines of open quotes and words', `#EXTINF:-1 ${'a="b c" d'.repeat(LINE / 9)},A\nhttp://t/1\n`.repeat(50)],
  ['lines of commas', `#EXTINF:-1${','.repeat(LINE)}\nhttp://t/1\n`.repeat(50)],
  ['lines of commas before attributes', `#EXTINF:-1${',a="b"'.repeat(LINE / 6)}\nhttp://t/1\n`.repeat(50)],
  ['lines of equals signs', `#EXTINF:-1 ${'="'.repeat(LINE / 2)},A\nhttp://t/1\n`.repeat(50)],
  ['lines of spaces', `#EXTINF:-1 a=${' '.repeat(LINE)}b,A\nhttp://t/1\n`.repeat(50)],
  ['lines of one long word', `#EXTINF:-1 ${'k'.repeat(LINE)}\nhttp://t/1\n`.repeat(50)],
  ['addresses joined by #', `A,http://t/1${'#http://t/1'.repeat(LINE / 11)}\n`.repeat(50)],
  ['addresses with remarks', `A,http://t/1${'$x'.repeat(LINE / 2)}\n`.repeat(50)],
  ['header fields behind an address', `http://t/1|${'a=b&'.repeat(LINE / 4)}\n`.repeat(50)],
  ['addresses of spaces', `http://t/${' '.repeat(LINE)}b\n`.repeat(50)],
  ['addresses of invisible characters', `\u00ad${'\u00ad '.repeat(LINE / 4)}http://t/1\n`.repeat(50)],
  ['guides in one line', `#EXTM3U url-tvg="${'http://g/1,'.repeat(LINE / 11)}"\n`.repeat(50)],
  ['lines in no encoding', `#EXTINF:-1,${'\u00e9\u00ff '.repeat(1000)}\nhttp://t/1\n`.repeat(1000)],
])(
  '%s are read in linear time',
  (_, text) => {
    const parser = createM3uParser({ baseUrl: 'http://list.example/' })
    const bytes = Buffer.from(text, 'latin1')
    const isTaken = createEntryFilter({ include: [], exclude: [{ field: 'group', fits: (group) => group === '-' }] })
    const grouper = createGrouper()
    for (let at = 0; at < bytes.length; at += 16_384) {
      for (const entry of parser.push(bytes.subarray(at, at + 16_384)).filter(isTaken)) {
        grouper.add(entry.name, entry, 's', entry.url)
      }
    }
    for (const entry of parser.end()) grouper.add(entry.name, entry, 's', entry.url)
    expect(grouper.channels().length + parser.skipped.total + parser.header.attributes.length).toBeGreaterThan(0)
  },
  20_000,
)
