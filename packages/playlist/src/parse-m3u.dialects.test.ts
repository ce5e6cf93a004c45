import { describe, expect, test } from '@jest/globals'
import { attributeValue } from './attributes.ts'
import type { Entry } from './model.ts'
import { createM3uParser, type M3uParserOptions } from './parse-m3u.ts'

function parse(text: string, options: M3uParserOptions = {}) {
  const parser = createM3uParser({ baseUrl: 'http://list.example/lists/tv.m3u', ...options })
  const entries = [...parser.push(new TextEncoder().encode(text)), ...parser.end()]
  return { entries, skipped: parser.skipped.byReason, first: parser.skipped.first, notAPlaylist: parser.notAPlaylist }
}
const value = (entry: Entry | undefined, key: string) => attributeValue(entry?.attributes ?? [], key)
const entry = (attributes: string, name: string) => `#EXTINF:-1 ${attributes},${name}\nhttp://t/${name}\n`

describe('defaults from the first line', () => {
  test('shift and catch-up apply where an entry has none', () => {
    const { entries } = parse(
      `#EXTM3U tvg-shift="-2.5" catchup="append" catchup-days="3"\n${entry('', 'One')}${entry('tvg-shift="1" catchup=""', 'Two')}`,
    )
    expect(entries.map((one) => ['tvg-shift', 'catchup', 'catchup-days'].map((key) => value(one, key)))).toEqual([
      ['-2.5', 'append', '3'],
      ['1', 'append', '3'],
    ])
  })

  test('file names of logos are resolved against its folder, paths against the list, addresses stay', () => {
    const { entries } = parse(
      `#EXTM3U url-logo="http://logos.example.com/tv/"\n${entry('tvg-logo="one.png"', 'One')}${entry('tvg-logo="/img/two.png"', 'Two')}${entry('tvg-logo="https://x.example/3.png"', 'Three')}${entry('tvg-logo="N/A"', 'Four')}`,
    )
    expect(entries.map((one) => value(one, 'tvg-logo'))).toEqual([
      'http://logos.example.com/tv/one.png',
      'http://list.example/img/two.png',
      'https://x.example/3.png',
      'N/A',
    ])
  })

  test.each([
    ['one.png', 'http://list.example/lists/one.png'],
    ['../one.png', 'http://list.example/one.png'],
    ['//cdn.example/one.png', 'http://cdn.example/one.png'],
    ['data:image/png;base64,AAAA', 'data:image/png;base64,AAAA'],
    ['special://home/one.png', 'special://home/one.png'],
  ])('without a folder the logo %s is %s', (logo, expected) => {
    expect(value(parse(`#EXTM3U\n${entry(`tvg-logo="${logo}"`, 'One')}`).entries[0], 'tvg-logo')).toBe(expected)
  })

  test('each of several merged lists has its own line; repeated lines before the first entry add up', () => {
    const { entries } = parse(
      `#EXTM3U tvg-shift="1"\n#EXTM3U catchup="shift"\n${entry('', 'One')}#EXTM3U tvg-shift="2"\n${entry('', 'Two')}#EXTM3U\n${entry('', 'Three')}`,
    )
    expect(entries.map((one) => [value(one, 'tvg-shift'), value(one, 'catchup')])).toEqual([
      ['1', 'shift'],
      ['2', undefined],
      [undefined, undefined],
    ])
  })

  test('a default user agent is sent where an entry has none', () => {
    const { entries } = parse(
      `#EXTM3U http-user-agent="List/1"\n${entry('', 'One')}${entry('http-user-agent="Entry/1"', 'Two')}`,
    )
    expect(entries.map(({ headers }) => headers)).toEqual([[['User-Agent', 'List/1']], [['User-Agent', 'Entry/1']]])
  })
})

test.each(['\u200b', '\ufeff\u200e', '\u2060 '])('%j around an address is dropped', (invisible) => {
  const { entries } = parse(`#EXTM3U\n#EXTINF:-1,One\n${invisible}http://t/1${invisible}\n`)
  expect(entries.map(({ url }) => url)).toEqual(['http://t/1'])
})

describe('text around an address is dropped', () => {
  test.each([
    ['a NUL', 'http://t/1\0'],
    ['angle brackets', '<http://t/1>'],
    ['quotes, with fields behind them', '"http://t/1"|User-Agent=A'],
    ['quotes around all of it', '"http://t/1|User-Agent=A"'],
  ])('%s', (_, line) => {
    expect(parse(`#EXTM3U\n#EXTINF:-1,One\n${line}\n`).entries.map(({ url }) => url)).toEqual(['http://t/1'])
  })

  test.each(['</pre></body></html>', '//remark', '<br/>'])('%s is not an address', (line) => {
    const { entries, skipped } = parse(`#EXTM3U\n#EXTINF:-1,One\nhttp://t/1\n${line}\n`)
    expect([entries.map(({ url }) => url), skipped]).toEqual([['http://t/1'], { garbage: 1 }])
  })
})

test('fields after an address may be in quotes', () => {
  const { entries } = parse('#EXTM3U\n#EXTINF:-1,One\nhttp://t/1|User-Agent="A B"|Referer="http://r/"\n')
  expect(entries[0]).toMatchObject({
    url: 'http://t/1',
    headers: [
      ['User-Agent', 'A B'],
      ['Referer', 'http://r/'],
    ],
  })
})

test.each(['TVG-\u0130D', 'tvg-\u0131d'])('%s is tvg-id, as Turkish programs write it', (key) => {
  expect(value(parse(`#EXTM3U\n${entry(`${key}="one"`, 'One')}`).entries[0], 'tvg-id')).toBe('one')
})

describe('a list of channels with HLS tags remains one', () => {
  test.each([
    ['a target duration in front', '#EXT-X-TARGETDURATION:10\n#EXTINF:-1 tvg-id="1",One\nhttp://t/1\n'],
    ['tags of a master at an entry', '#EXTINF:-1,One\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhttp://t/1\n'],
    ['an end', '#EXTINF:-1,One\nhttp://t/1\n#EXT-X-ENDLIST\n'],
  ])('%s', (_, text) => {
    const { entries, notAPlaylist } = parse(`#EXTM3U\n${text}`)
    expect([entries.map(({ name, url }) => [name, url]), notAPlaylist]).toEqual([[['One', 'http://t/1']], undefined])
  })
})

describe('addresses under another name', () => {
  test.each([
    ['igmp://239.0.0.1:5140', 'udp://@239.0.0.1:5140'],
    ['IGMP://@239.0.0.1:5140', 'udp://@239.0.0.1:5140'],
    ['udp://@239.0.0.1:5140', 'udp://@239.0.0.1:5140'],
    ['rtp://239.0.0.1:5140', 'rtp://239.0.0.1:5140'],
    ['icyx://radio.example:8000/live', 'http://radio.example:8000/live'],
    ['ICY://radio.example/live', 'http://radio.example/live'],
    ['unsv://radio.example/live', 'http://radio.example/live'],
    ['hls+https://tv.example/1.m3u8', 'https://tv.example/1.m3u8'],
    ['rtspt://cam.example/1', 'rtsp://cam.example/1'],
    ['rtspu://cam.example/1', 'rtsp://cam.example/1'],
  ])('%s is %s', (address, expected) => {
    expect(parse(`#EXTM3U\n#EXTINF:-1,First\n${address}\n`).entries.map(({ url }) => url)).toEqual([expected])
  })
})

describe('lists of names and addresses', () => {
  test('groups, several addresses of one name, and remarks', () => {
    const { entries, skipped, notAPlaylist } = parse(
      'News,#genre#\nOne,http://t/1\nTwo , http://t/2#http://u/2$second line\n电影，#genre#\nThree,rtmp://t/3\n',
    )
    expect(entries.map((one) => [one.name, one.url, value(one, 'group-title'), one.line])).toEqual([
      ['One', 'http://t/1', 'News', 2],
      ['Two', 'http://t/2', 'News', 3],
      ['Two', 'http://u/2', 'News', 3],
      ['Three', 'rtmp://t/3', '电影', 5],
    ])
    expect({ skipped, notAPlaylist }).toEqual({ skipped: {}, notAPlaylist: undefined })
  })

  test('an address of an ordinary list that holds a comma, a $ or a # stays whole', () => {
    const address = 'http://t/a,b/$x#frag,http://u/1'
    expect(parse(`#EXTM3U\n#EXTINF:-1,One\n${address}\n${address}\n`).entries.map(({ url }) => url)).toEqual([
      address,
      address,
    ])
  })

  test('unusable lines are counted with their numbers', () => {
    const { entries, skipped, first } = parse('One,http://t:99999/\nTwo,ftp://t/2\nThree,http://t/3\n')
    expect(entries.map(({ name }) => name)).toEqual(['Three'])
    expect(skipped).toEqual({ 'bad-url': 1, 'unsupported-scheme': 1 })
    expect(first.map(({ line }) => line)).toEqual([1, 2])
  })
})

describe('a bad attribute costs the attribute, never the channel', () => {
  test.each([
    ['a value that is too long', `tvg-logo="${'x'.repeat(5000)}"`],
    ['a key that is too long', `${'k'.repeat(100)}="1"`],
    ['a quote that is never closed', 'tvg-name="never closed group-title="News"'],
    ['a quote too many', 'tvg-name="a"b"'],
    ['no value', 'tvg-name='],
    ['only signs', '=== "" = \'\''],
    ['control characters', 'tvg-name="\u0001\u0002"'],
    ['a header field that is refused', 'http-user-agent="\u0001ä\u0100"'],
    ['a hundred of them', Array.from({ length: 100 }, (_, index) => `k${index}="v"`).join(' ')],
  ])('%s', (_, attributes) => {
    const { entries } = parse(`#EXTM3U\n#EXTINF:-1 tvg-id="one" ${attributes},One\nhttp://t/1\n`)
    expect(entries.map((one) => [value(one, 'tvg-id'), one.url])).toEqual([['one', 'http://t/1']])
    expect(entries[0]?.name).toMatch(/One$/)
  })
})

describe('entries that say that nothing here can play them', () => {
  const text =
    '#EXTM3U\n#KODIPROP:inputstream.adaptive.license_type=com.widevine.alpha\n#EXTINF:-1,Locked\nhttp://t/1.m3u8\n' +
    '#EXTINF:-1,Open\nhttp://t/2.m3u8\n#EXTINF:-1,Dash\nhttp://t/3.mpd?x=1\n'

  test('are skipped with the reason and the line', () => {
    const { entries, first } = parse(text, { skipsUnplayable: true })
    expect(entries.map(({ name }) => name)).toEqual(['Open'])
    expect(first).toEqual([
      { reason: 'unplayable-drm', line: 4 },
      { reason: 'unplayable-dash', line: 8 },
    ])
  })

  test('even by the format of their manifest, unless the address has another', () => {
    const property = '#KODIPROP:inputstream.adaptive.manifest_type=mpd\n'
    const { entries, skipped } = parse(
      `#EXTM3U\n${property}#EXTINF:-1,Dash\nhttp://t/1\n${property}#EXTINF:-1,Hls\nhttp://t/2.m3u8\n#EXTINF:-1,Free\nhttp://t/3\n`,
      { skipsUnplayable: true },
    )
    expect([entries.map(({ name }) => name), skipped]).toEqual([['Hls', 'Free'], { 'unplayable-dash': 1 }])
  })

  test('are kept on request', () => {
    expect(parse(text).entries.map(({ name }) => name)).toEqual(['Locked', 'Open', 'Dash'])
  })
})

test('a flood of one reason does not hide the lines of another', () => {
  const { skipped, first } = parse(`#EXTM3U\n${'ftp://t/1\n'.repeat(500)}http://t:99999/\n`)
  expect(skipped).toEqual({ 'unsupported-scheme': 500, 'bad-url': 1 })
  expect(first.at(-1)).toEqual({ reason: 'bad-url', line: 502 })
})
