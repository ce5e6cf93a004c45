/** Lists of channels that cost most for their length. */
type TurnList = { readonly name: string; readonly lines: number; make(lines: number): string }

const repeated = (lines: number, line: (index: number) => string): string =>
  `#EXTM3U\n${Array.from({ length: lines }, (_, index) => line(index)).join('\n')}\n`

const LINE = 60 * 1024
const entry = (index: number): string =>
  `#EXTINF:-1 tvg-id="c${index}" group-title="G${index % 50}",Channel ${index}\nhttp://t/${index}`

export const TURN_LISTS: readonly TurnList[] = [
  { name: 'entries', lines: 100_000, make: (lines) => repeated(lines, entry) },
  { name: 'first lines', lines: 100_000, make: (lines) => repeated(lines, (at) => `#EXTM3U url-tvg="http://g/${at}"`) },
  {
    name: 'options of one entry',
    lines: 100_000,
    make: (lines) => repeated(lines, () => '#EXTVLCOPT:http-user-agent=x'),
  },
  { name: 'entries without an address', lines: 100_000, make: (lines) => repeated(lines, (at) => `#EXTINF:-1,${at}`) },
  { name: 'addresses alone', lines: 100_000, make: (lines) => repeated(lines, (at) => `http://t/${at}`) },
  { name: 'groups', lines: 100_000, make: (lines) => repeated(lines, (at) => `#EXTGRP:${at};${at}\nhttp://t/${at}`) },
  {
    name: 'names outside UTF-8',
    lines: 100_000,
    make: (lines) => repeated(lines, (at) => `#EXTINF:-1,\xcf\xf0\xe8 ${at}\nhttp://t/${at}`),
  },
  {
    name: 'lines of attributes',
    lines: 50,
    make: (lines) => repeated(lines, () => `#EXTINF:-1 ${'a="b" '.repeat(LINE / 6)},A\nhttp://t/1`),
  },
  {
    name: 'lines of quotes',
    lines: 50,
    make: (lines) => repeated(lines, () => `#EXTINF:-1 ${'a=\'"b'.repeat(LINE / 5)},A\nhttp://t/1`),
  },
  {
    name: 'lines of equals signs',
    lines: 50,
    make: (lines) => repeated(lines, () => `#EXTINF:-1 ${'="'.repeat(LINE / 2)},A\nhttp://t/1`),
  },
  {
    name: 'lines of spaces',
    lines: 50,
    make: (lines) => repeated(lines, () => `#EXTINF:-1 a=${' '.repeat(LINE)}b,A\nhttp://t/1`),
  },
  {
    name: 'addresses joined by #',
    lines: 50,
    make: (lines) => repeated(lines, () => `A,http://t/1${'#http://t/1'.repeat(LINE / 11)}`),
  },
  {
    name: 'fields behind an address',
    lines: 50,
    make: (lines) => repeated(lines, () => `http://t/1|${'a=b&'.repeat(LINE / 4)}`),
  },
  {
    name: 'guides in one line',
    lines: 50,
    make: (lines) => repeated(lines, () => `#EXTM3U url-tvg="${'http://g/1,'.repeat(LINE / 11)}"`),
  },
  {
    name: 'logins in one line',
    lines: 50,
    make: (lines) =>
      repeated(lines, () => `#EXTINF:-1 tvg-logo="http://t/${'live/u/p/'.repeat(400)}1.png",A\nhttp://t/live/u/p/1.ts`),
  },
  { name: 'empty lines', lines: 1_000_000, make: (lines) => repeated(lines, () => '') },
]
