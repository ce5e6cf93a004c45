import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createM3uParser } from './parse-m3u.ts'
import { renderChannel, renderHeader } from './render-m3u.ts'

const LINK = 'http://kptv.example/stream/0123abcd'

function parse(text: string) {
  const parser = createM3uParser()
  const entries = [...parser.push(new TextEncoder().encode(text)), ...parser.end()]
  return { entries, epgUrls: parser.header.epgUrls, skipped: parser.skipped.total }
}

describe('header', () => {
  test.each([
    [[], '#EXTM3U\n'],
    [['http://g/a'], '#EXTM3U url-tvg="http://g/a" x-tvg-url="http://g/a"\n'],
    [['http://g/a', 'http://g/b,c'], '#EXTM3U url-tvg="http://g/a,http://g/b,c" x-tvg-url="http://g/a,http://g/b,c"\n'],
    [['http://u:p@g/a', 'http://g/xmltv.php?username=u&password=p'], '#EXTM3U\n'],
    [
      ['http://g/a"\n#EXTINF:-1,x'],
      '#EXTM3U url-tvg="http://g/a\' #EXTINF:-1,x" x-tvg-url="http://g/a\' #EXTINF:-1,x"\n',
    ],
  ])('%j', (epgUrls, expected) => {
    expect(renderHeader({ epgUrls })).toBe(expected)
  })
  test('is read back', () => {
    const epgUrls = ['http://g/a', 'https://g/b?x=1,2']
    expect(parse(renderHeader({ epgUrls })).epgUrls).toEqual(epgUrls)
  })
})

describe('channel', () => {
  test.each<[string, Array<[string, string]>, string]>([
    ['One', [], '#EXTINF:-1,One'],
    [
      'One',
      [
        ['tvg-id', 'one'],
        ['group-title', ''],
      ],
      '#EXTINF:-1 tvg-id="one" group-title="",One',
    ],
    ['A "B" <C> & D, E', [['x', 'a "b", c']], `#EXTINF:-1 x="a 'b', c",A "B" <C> & D, E`],
    ['A x="B" =" y', [], `#EXTINF:-1,A x='B" =" y`],
    [
      'A\r\n#EXTINF:-1,B\nhttp://evil/',
      [['x', 'a\r\nhttp://evil/']],
      '#EXTINF:-1 x="a http://evil/",A #EXTINF:-1,B http://evil/',
    ],
    ['A\u0000\u0007\u2028B\ud800', [['x', '\u0085y\ufeff']], '#EXTINF:-1 x="y",A B'],
    [
      'One',
      [
        ['bad key', 'x'],
        ['k="', 'x'],
        ['', 'x'],
        ['a\n', 'x'],
        ['ok', '1'],
      ],
      '#EXTINF:-1 ok="1",One',
    ],
    [
      'One',
      [
        ['catchup', 'default'],
        ['catchup-source', 'http://p/{utc}'],
      ],
      '#EXTINF:-1,One',
    ],
    [
      'One',
      [
        ['Catchup_Source', 'HTTP://p/'],
        ['catchup-source', '?utc={utc}'],
      ],
      '#EXTINF:-1,One',
    ],
    [
      'One',
      [
        ['tvg-logo', 'http://p/logo?username=u&password=p'],
        ['tvg-logo-small', 'http://u:p@h/'],
      ],
      '#EXTINF:-1,One',
    ],
    ['One', [['catchup-source', '?utc={utc}&password=p']], '#EXTINF:-1,One'],
  ])('%j %j', (name, attributes, line) => {
    expect(renderChannel({ name, attributes }, LINK)).toBe(`${line}\n${LINK}\n`)
  })
})

/**
 * Text as the parser returns it; double quotes survive only in names, where they do not begin an
 * attribute.
 */
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: fc.constantFrom(...` =,'ab|#;:&"`), maxLength: 20 }),
)
const oneLine = text.map((value) => value.replace(/[\p{Cc}\u2028\u2029\ufeff]/gu, '').trim())
const clean = oneLine.map((value) => value.replaceAll('"', "'"))
const key = fc
  .stringMatching(/^[a-z][a-z0-9-]{0,12}$/)
  .filter((name) => name !== 'catchup-source' && name !== 'group-title')
const attributes = fc.uniqueArray(fc.tuple(key, clean), { selector: ([name]) => name, maxLength: 8 })
const name = oneLine.filter((value) => /[a-z]/i.test(value) && !value.includes('="'))

test('rendered channels are read back unchanged', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ name, attributes }), { maxLength: 5 }), (channels) => {
      const shown = channels.filter((channel) => !/[?&;](user|login|pass|pwd|mac)|:\/\//i.test(JSON.stringify(channel)))
      const read = parse(renderHeader({ epgUrls: [] }) + shown.map((channel) => renderChannel(channel, LINK)).join(''))
      expect(read.skipped).toBe(0)
      expect(read.entries.map((entry) => ({ name: entry.name, attributes: entry.attributes }))).toEqual(shown)
      expect(read.entries.every((entry) => entry.url === LINK && entry.headers.length === 0)).toBe(true)
    }),
    { numRuns: 500 },
  )
})

test('a name with double quotes is found as the playlist shows it', () => {
  for (const name of ['A "quoted" name', '"A"', '"A', 'A "b', 'A, "b", c', `a'b"c'd"`]) {
    const { entries } = parse(`#EXTM3U\n${renderChannel({ name, attributes: [['tvg-name', name]] }, LINK)}`)
    expect(entries).toMatchObject([{ name }])
    expect(renderChannel({ name, attributes: [] }, LINK)).toContain(`,${name}\n`)
  }
})

test('a name from the parser is read back, even if it looks like an attribute', () => {
  const nasty = fc.string({ unit: fc.constantFrom(...` =,'ab|#;:"\u3000\u2003`), maxLength: 24 })
  fc.assert(
    fc.property(nasty, nasty, (attributes, rest) => {
      const [first] = parse(`#EXTM3U\n#EXTINF:-1 ${attributes},${rest}\n${LINK}\n`).entries
      const shown = { name: first!.name, attributes: [] }
      expect(parse(renderChannel(shown, LINK)).entries).toMatchObject([shown])
    }),
    { numRuns: 5000 },
  )
})

test('no text can inject a second line, entry or attribute', () => {
  const anyText = fc.string({ unit: 'binary', maxLength: 60 })
  fc.assert(
    fc.property(anyText, fc.array(fc.tuple(anyText, anyText), { maxLength: 5 }), (anyName, anyAttributes) => {
      const rendered = renderChannel({ name: anyName, attributes: anyAttributes }, LINK)
      expect(rendered.split(/[\r\n\u0085\u2028\u2029]/)).toHaveLength(3)
      const { entries } = parse(rendered)
      expect(entries).toMatchObject([{ url: LINK }])
      expect(entries[0]!.attributes.length).toBeLessThanOrEqual(anyAttributes.length)
      expect(renderChannel(entries[0]!, LINK).length).toBeLessThanOrEqual(
        rendered.length + 'kptv.example 01234567'.length,
      )
    }),
    { numRuns: 500 },
  )
})
