import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import type { Entry } from './model.ts'
import { createM3uParser } from './parse-m3u.ts'

type Options = Parameters<typeof createM3uParser>[0]

function parse(input: string | Uint8Array, options?: Options) {
  const parser = createM3uParser(options)
  const bytes = typeof input === 'string' ? new TextEncoder().encode(input) : input
  const entries = [...parser.push(bytes), ...parser.end()]
  return { entries, parser, skipped: parser.skipped.byReason, notAPlaylist: parser.notAPlaylist }
}
const fixture = (name: string) => parse(readFileSync(new URL(`../fixtures/${name}.m3u`, import.meta.url)))
const names = (entries: Entry[]) => entries.map((entry) => entry.name)

test('reads an entry with all its parts', () => {
  const { entries, parser } = parse(
    '#EXTM3U x-tvg-url="http://g.example/a.xml,http://g.example/b,c.xml" tvg-shift=1\n\n#EXTINF:-1 tvg-id="one" group-title="News",One\n#UNKNOWN:x\nhttp://tv.example/1\n',
  )
  expect(entries).toEqual([
    {
      name: 'One',
      url: 'http://tv.example/1',
      attributes: [
        ['tvg-id', 'one'],
        ['group-title', 'News'],
        ['tvg-shift', '1'],
      ],
      headers: [],
      durationSeconds: -1,
      line: 3,
    },
  ])
  expect(parser.header).toEqual({
    epgUrls: ['http://g.example/a.xml', 'http://g.example/b,c.xml'],
    attributes: [
      ['x-tvg-url', 'http://g.example/a.xml,http://g.example/b,c.xml'],
      ['tvg-shift', '1'],
    ],
  })
  expect(parser.skipped.total).toBe(0)
})

test('an empty guide address and a repeated header do no harm', () => {
  const { parser } = parse(
    '#EXTM3U url-tvg=""\n#EXTM3U url-tvg="http://g.example/1" x-tvg-url="http://g.example/1;http://g.example/2"\n',
  )
  expect(parser.header.epgUrls).toEqual(['http://g.example/1', 'http://g.example/2'])
})

test('reads a header line of 9 KB completely', () => {
  const urls = Array.from({ length: 150 }, (_, index) => `https://guide.example/some/long/path/to/epg_${index}.xml.gz`)
  expect(parse(`#EXTM3U x-tvg-url="${urls.join(', ')}"\n`).parser.header.epgUrls).toEqual(urls)
})

describe('encodings, line endings and a missing header', () => {
  test.each([
    ['byte-order-mark', ['One']],
    ['utf-16-little-endian', ['Оne 📺']],
    ['utf-16-big-endian', ['Оne 📺']],
    ['mixed-line-endings', ['One', 'Two']],
    ['latin-1-among-utf-8', ['Télé 1', 'Télé 2']],
    ['no-header', ['One']],
    ['warning-before-header', ['One']],
  ])('%s', (name, expected) => {
    const { entries, parser, notAPlaylist } = fixture(name)
    expect(names(entries)).toEqual(expected)
    expect(entries[0]).toMatchObject({ url: 'http://tv.example/1' })
    expect(parser.skipped.total).toBe(0)
    expect(notAPlaylist).toBeUndefined()
  })
  test('a header is recognised on any line', () => {
    expect(fixture('no-header').parser.hasHeader).toBe(false)
    expect(fixture('warning-before-header').parser.hasHeader).toBe(true)
    expect(fixture('utf-16-big-endian').parser.hasHeader).toBe(true)
  })
  test('CRLF counts as one line', () => {
    expect(parse('#EXTM3U\r\n\r\n#EXTINF:-1,A\r\nhttp://t/1\r\n').entries[0]!.line).toBe(3)
  })
})

describe('bodies that are not a list of channels', () => {
  test.each([
    ['', undefined],
    ['\n \n', undefined],
    ['#EXTM3U\n', undefined],
    ['<html><body>http://t/1</body></html>\nhttp://t/1\n', 'html'],
    ['  <!DOCTYPE html>', 'html'],
    ['<?xml version="1.0"?>\n<tv>\nhttp://t/1\n</tv>', 'xml'],
    ['{"user_info":{"auth":0}}', 'json'],
    ['[{"num":1,\n"url":"http://t/1"}]', 'json'],
    ['Account expired.', 'other-text'],
    [`{"a":"${'x'.repeat(70_000)}"}`, 'other-text'],
    ['#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8\n', 'hls-master-playlist'],
    ['G\u0000\u0001\u0010\n\u0000\u0002/G', 'other-text'],
  ])('%j', (text, expected) => {
    const { entries, notAPlaylist } = parse(text, { baseUrl: 'http://provider.example/get.php' })
    expect({ entries, notAPlaylist }).toEqual({ entries: [], notAPlaylist: expected })
  })
  test.each([
    ['login-page', 'html'],
    ['hls-media-playlist', 'hls-media-playlist'],
  ])('%s', (name, expected) => {
    const { entries, notAPlaylist } = fixture(name)
    expect({ entries, notAPlaylist }).toEqual({ entries: [], notAPlaylist: expected })
  })
})

test('HLS tags after the first address do not turn a list of channels into something else', () => {
  const text = '#EXTM3U\n#EXTINF:-1,A\nhttp://t/1\n#EXT-X-TARGETDURATION:6\n#EXTINF:-1,B\nhttp://t/2\n'
  expect(parse(text)).toMatchObject({ entries: [{ name: 'A' }, { name: 'B' }], notAPlaylist: undefined })
})

describe('incomplete entries', () => {
  test('two EXTINF in a row: the last one wins', () => {
    const { entries, parser } = parse(
      '#EXTINF:-1,A\n#EXTVLCOPT:http-user-agent=A\n#EXTINF:-1,B\nhttp://t/1\n#EXTINF:-1,C',
    )
    expect(entries).toMatchObject([{ name: 'B', headers: [] }])
    expect(parser.skipped.first).toEqual([
      { reason: 'entry-without-url', line: 1 },
      { reason: 'entry-without-url', line: 5 },
    ])
  })
  test('a placeholder instead of the URL', () => {
    const { entries, skipped } = fixture('placeholder-instead-of-url')
    expect(entries).toMatchObject([{ name: 'Bright', url: 'http://tv.example/1' }])
    expect(skipped).toEqual({ 'entry-without-url': 1 })
  })
  test('garbage between EXTINF and URL', () => {
    expect(parse('#EXTINF:-1,A\n%%% ???\nhttp://t/1\n').entries).toMatchObject([{ name: 'A', url: 'http://t/1' }])
    expect(parse('%%% ???\nhttp://t/1\n').skipped).toEqual({ garbage: 1 })
  })
  test.each([
    ['http://kptv.example:8080/tv/stream/0123456789abcdef.ts', true],
    ['HTTP://KPTV.example:8080/tv/stream/News', true],
    ['https://kptv.example:8080/tv/stream/News', true],
    ['http://kptv.example:8080/tv/link/token/stream/News.ts', true],
    ['http://kptv.example:8080/tv/live/anna/password/1500000000.ts', true],
    ['http://kptv.example:8080/tv/anna/password/1500000000', true],
    ['http://other.example:8080/tv/live/anna/password/1500000000.ts', false],
    ['http://other.example/?from=kptv.example:8080/tv/stream/News', false],
    ['http://kptv.example/tv/stream/News', false],
    ['http://kptv.example:8080/stream/News', false],
    ['http://kptv.example:8080/tv/streams/News', false],
    ['http://other.example:8080/tv/stream/News', false],
    ['http://kptv.example:8080/tv/playlist.m3u8', false],
  ])('a stream of this proxy itself is not an entry: %s', (url, isOwn) => {
    const { entries, skipped } = parse(`#EXTINF:-1,A\n${url}\n`, { ownBase: 'http://kptv.example:8080/tv' })
    expect({ entries: entries.length, skipped }).toEqual(
      isOwn ? { entries: 0, skipped: { 'own-stream': 1 } } : { entries: 1, skipped: {} },
    )
  })
  test('a refused URL also discards its EXTINF', () => {
    expect(parse('#EXTINF:-1,A\nfile:///etc/passwd\nhttp://t/12\n')).toMatchObject({
      entries: [{ name: '12' }],
      skipped: { 'unsupported-scheme': 1 },
    })
  })
  test('a last line without a line ending counts, unless the transfer was cut off', () => {
    const text = new TextEncoder().encode('#EXTINF:-1,A\nhttp://t/1\n#EXTINF:-1,B\nhttp://t/2')
    for (const [complete, count] of [
      [true, 2],
      [false, 1],
    ] as const) {
      const parser = createM3uParser()
      expect([...parser.push(text), ...parser.end({ complete })]).toHaveLength(count)
    }
  })
})

describe('names of entries without one', () => {
  test.each([
    ['#EXTINF:-1 tvg-name="T",\nhttp://h/1', 'T'],
    ['#EXTINF:-1 tvg-name="T",\u200f \u200b\nhttp://h/1', 'T'],
    ['#EXTINF:-1,\nhttp://h/live/USER/PASS/678.ts', '678'],
    ['http://h/x/bbc-one.m3u8?token=1', 'bbc-one'],
    ['#EXTINF:-1,📺\nhttp://h/1', '📺'],
  ])('%j', (text, name) => {
    expect(names(parse(text).entries)).toEqual([name])
  })
  test('otherwise host and a number, never a part of the path that may be a secret', () => {
    const [first, second] = names(parse('http://h/USER/PASS\nhttp://h/a/index.m3u8\n').entries)
    expect(first).toMatch(/^h [0-9a-f]{8}$/)
    expect(second).toMatch(/^h [0-9a-f]{8}$/)
    expect(first).not.toBe(second)
  })
})

describe('addresses', () => {
  const baseUrl = 'https://provider.example/lists/get.php?username=u'
  test.each([
    ['http://u:p@h:8080/a?t=x#y', 'http://u:p@h:8080/a?t=x#y'],
    ['HTTPS://h/a b', 'HTTPS://h/a b'],
    ['rtsp://h/a', 'rtsp://h/a'],
    ['rtmp://h/a', 'rtmp://h/a'],
    ['udp://@239.0.0.1:1234', 'udp://@239.0.0.1:1234'],
    ['rtp://10.0.0.1@239.0.0.1:1234', 'rtp://10.0.0.1@239.0.0.1:1234'],
    ['http://[2001:db8::1]:80/a', 'http://[2001:db8::1]:80/a'],
    ['http://h/nested.m3u', 'http://h/nested.m3u'],
    [`http://h/${'t'.repeat(10_000)}`, `http://h/${'t'.repeat(10_000)}`],
    ['/a/1.ts', 'https://provider.example/a/1.ts'],
    ['a/1.ts', 'https://provider.example/lists/a/1.ts'],
    ['//host/x', 'https://host/x'],
    ['file:///etc/passwd', 'unsupported-scheme'],
    ['data:text/html,x', 'unsupported-scheme'],
    ['ftp://h/x', 'unsupported-scheme'],
    ['javascript:alert(1)', 'unsupported-scheme'],
    ['gopher://h/x', 'unsupported-scheme'],
    ['plugin://plugin.video.x/?a', 'unsupported-scheme'],
    ['C:\\tv\\a.ts', 'unsupported-scheme'],
    ['http://', 'bad-url'],
    ['http://h:99999/', 'bad-url'],
    ['http://h\u0000/', 'bad-url'],
    ['udp://', 'bad-url'],
    ['host:8080/x', 'relative-url'],
  ])('%j', (line, expected) => {
    const { entries, skipped } = parse(`#EXTM3U\n#EXTINF:-1,A\n${line}\n`, { baseUrl })
    expect(entries[0]?.url ?? Object.keys(skipped)[0]).toBe(expected)
  })
  test('relative ones are skipped when the origin is unknown', () => {
    expect(parse('#EXTM3U\n#EXTINF:-1,A\n/a/1.ts\n').skipped).toEqual({ 'relative-url': 1 })
  })
})
