import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { describeProgramme } from './describe-programme.ts'
import { GuideReader } from './guide-reader.ts'
import type { GuideChannel, ReadProgramme } from './model.ts'

/** Reads a whole document, taking every channel. */
function read(document: string | Buffer, options = { zone: 0 as number | string, shiftMs: 0 }) {
  const channels: GuideChannel[] = []
  const programmes: Array<ReadProgramme & { readonly channelId: string }> = []
  const reader = new GuideReader({
    onChannel: (channel) => channels.push(channel),
    wanted: () => options,
    onProgramme: (channelId, programme) => programmes.push({ channelId, ...programme }),
  })
  const bytes = Buffer.from(document as string)
  for (let at = 0; at < bytes.length; at += 100) reader.push(bytes.subarray(at, at + 100))
  return { channels, programmes, facts: reader.end() }
}

const titleOf = (programme: ReadProgramme) => describeProgramme(programme).title

const programme = (inside: string, attributes = '') =>
  `<programme start="20250101120000 +0000" stop="20250101130000 +0000" channel="a"${attributes}>${inside}</programme>`

test('reads channels and programmes', () => {
  const { channels, programmes, facts } = read(
    `<?xml version="1.0"?><tv><channel id=" a "><display-name>A</display-name><display-name>1 A</display-name>
     <icon src="http://logos.example/a.png"/></channel><channel id="b"/>
     ${programme('<title lang="en">News</title><sub-title>At noon</sub-title><desc>What\n  happened</desc>')}</tv>`,
  )
  expect(channels).toEqual([
    { id: 'a', names: ['A', '1 A'], icon: 'http://logos.example/a.png' },
    { id: 'b', names: ['b'] },
  ])
  expect(programmes).toEqual([
    {
      channelId: 'a',
      startMs: Date.UTC(2025, 0, 1, 12),
      stopMs: Date.UTC(2025, 0, 1, 13),
      body: '<title lang="en">News</title><sub-title>At noon</sub-title><desc>What happened</desc>',
    },
  ])
  expect(programmes.map(describeProgramme)).toEqual([
    { title: 'News', subTitle: 'At noon', description: 'What happened', categories: [] },
  ])
  expect(facts).toMatchObject({ channels: 2, programmes: 1, firstStartMs: Date.UTC(2025, 0, 1, 12), skipped: {} })
})

test.each([
  ['an apostrophe', `"Bob's TV"`, "Bob's TV"],
  ['quotes', `'the "one"'`, 'the "one"'],
  ['references', '"A&amp;E &#233; &lt;1&gt;"', 'A&E é <1>'],
  ['other scripts', '"Первый.канал 日本 😀"', 'Первый.канал 日本 😀'],
  ['a > in it', '"a>b"', 'a>b'],
  ['the names of its neighbours', '"start=1 channel=2"', 'start=1 channel=2'],
])('a channel whose id has %s finds its programmes', (_, written, id) => {
  const { channels, programmes } = read(
    `<tv><channel id=${written}/><programme channel=${written} start="20250101"><title>T</title></programme></tv>`,
  )
  expect(channels.map((channel) => channel.id)).toEqual([id])
  expect(programmes.map(({ channelId }) => channelId)).toEqual([id])
})

describe('encodings', () => {
  const text = (label: string) =>
    `<?xml version="1.0" encoding="${label}"?><tv>${programme('<title>Würze</title>')}</tv>`
  const utf16be = (value: string) => Buffer.from(`\ufeff${value}`, 'utf16le').swap16()
  test.each<[string, Buffer]>([
    ['UTF-8', Buffer.from(text('UTF-8'))],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${text('UTF-8')}`)],
    ['none declared', Buffer.from(text('UTF-8').replace(/ encoding="[^"]*"/, ''))],
    ['ISO-8859-1', Buffer.from(text('ISO-8859-1'), 'latin1')],
    ['Windows-1252 declared as UTF-8', Buffer.from(text('UTF-8'), 'latin1')],
    ['an unknown name', Buffer.from(text('klingon'))],
    ['UTF-16 with a mark', Buffer.from(`\ufeff${text('UTF-16')}`, 'utf16le')],
    ['UTF-16 without a mark', Buffer.from(text('UTF-16'), 'utf16le')],
    ['UTF-16, big end first', utf16be(text('UTF-16'))],
    ['UTF-8 declared as UTF-16', Buffer.from(text('UTF-16'))],
    ['UTF-8 declared as ISO-8859-1', Buffer.from(text('ISO-8859-1'))],
    ['UTF-8 declared as GBK', Buffer.from(text('gbk'))],
    ['UTF-16 declared as UTF-8', Buffer.from(`\ufeff${text('UTF-8')}`, 'utf16le')],
    ['UTF-8 with a mark, declared as Windows-1251', Buffer.from(`\ufeff${text('windows-1251')}`)],
  ])('%s', (_, bytes) => {
    expect(read(bytes).programmes.map(titleOf)).toEqual(['Würze'])
  })

  test.each([
    ['windows-1251', '\xcc\xe8\xf0', 'Мир'],
    ['ISO-8859-7', '\xd6\xf9\xf2', 'Φως'],
    ['GBK', '\xd0\xc2\xce\xc5', '新闻'],
    ['Shift_JIS', '\x93\xfa\x96\x7b', '日本'],
    ['ISO-2022-JP', '\x1b$BF|K\\\x1b(B', '日本'],
  ])('%s', (label, written, title) => {
    const bytes = Buffer.concat([
      Buffer.from(`<?xml version="1.0" encoding="${label}"?><tv>`),
      Buffer.from(
        programme('<title>#</title>').replace('#', () => written),
        'latin1',
      ),
    ])
    expect(read(bytes).programmes.map(titleOf)[0]).toBe(title)
  })
})

describe('common mistakes of guides', () => {
  test.each([
    ['a bare ampersand', '<title>Tom & Jerry</title>', 'Tom & Jerry'],
    ['entities of HTML', '<title>A&nbsp;B &#233; &#xE9; &lt;</title>', 'A B é é <'],
    ['a control character', '<title>A&#7;B\u0001</title>', 'AB'],
    ['quotes of Windows as control characters', '<title>It&#146;s \u0093on\u0094\u0081</title>', 'It’s “on”'],
    ['CDATA', '<title><![CDATA[A < B]]></title>', 'A < B'],
    ['tags in text', '<title>A <b>bold</b> title</title>', 'A title'],
    ['tags in the wrong order', '<title>A</desc></title>', 'A'],
    ['attributes named like members of objects', '<title constructor="1" __proto__="2" toString="3">A</title>', 'A'],
    ['an empty first title', '<title></title><title>B</title>', 'B'],
    ['only a sub-title', '<sub-title>C</sub-title>', 'C'],
  ])('%s', (_, inside, title) => {
    expect(read(`<tv>${programme(inside)}</tv>`).programmes.map(titleOf)[0]).toBe(title)
  })

  test('the element after a broken one is read', () => {
    const { programmes } = read(`<tv>${programme('<title>A</title><desc>x</des')}${programme('<title>B</title>')}</tv>`)
    expect(programmes.map(titleOf)).toEqual(['A', 'B'])
  })

  test('elements without required parts are counted', () => {
    const { facts } = read(
      `<channel><display-name>A</display-name></channel><programme start="20250101"><title>A</title></programme>
       <programme start="soon" channel="a"><title>A</title></programme>${programme('<desc>A</desc>')}`,
    )
    expect(facts.skipped).toEqual({
      'channel-without-id': 1,
      'programme-without-channel': 1,
      'programme-without-start': 1,
      'programme-without-title': 1,
    })
  })

  test('entities that a document declares are not expanded', () => {
    const { programmes } = read(
      `<!DOCTYPE tv [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><tv>${programme('<title>&b;</title>')}</tv>`,
    )
    expect(programmes.map(titleOf)[0]).toBe('&b;')
  })

  test('neither a billion laughs nor a file of ours comes in, and nothing else is lost', () => {
    const laughs = Array.from({ length: 30 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`)
    const dtd = `<!DOCTYPE tv [<!ENTITY l0 "lol">${laughs.join('')}<!ENTITY f SYSTEM "file:///etc/passwd"><!ENTITY % p SYSTEM "http://h.example/x.dtd">%p;]>`
    const { programmes, facts } = read(
      `<?xml version="1.0"?>${dtd}<tv>&f;${programme('<title>A &l30; &f;</title><desc lang="&l9;">&f;</desc>')}&l30;${programme('<title>B</title>')}</tv>`,
    )
    expect(programmes.map(titleOf)).toEqual(['A &l30; &f;', 'B'])
    expect([facts.programmes, facts.isCutOff, facts.skipped]).toEqual([2, false, {}])
  })

  test('a long document on a single line is read like any other', () => {
    const { programmes, facts } = read(`<tv>${programme('<title>A</title>').repeat(20_000)}</tv>`)
    expect([programmes.length, facts.isCutOff]).toEqual([20_000, false])
  })

  test('a stop before the start counts as missing', () => {
    const { programmes } = read('<programme start="20250101" stop="20240101" channel="a"><title>A</title></programme>')
    expect(programmes[0]?.stopMs).toBeUndefined()
  })
})

test('times are moved by the shift of the guide, and read in its zone', () => {
  const { programmes } = read('<programme start="20250715200000" channel="a"><title>A</title></programme>', {
    zone: 'Europe/Berlin',
    shiftMs: 3_600_000,
  })
  expect(programmes[0]?.startMs).toBe(Date.UTC(2025, 6, 15, 19))
})

test('the body has only known elements, in the order of the DTD, and no empty ones', () => {
  const { programmes } = read(
    programme(
      `<rating system="X"/><rating system="X"><value>12</value></rating><live/><episode-num>3</episode-num><new/>
       <credits><guest>G</guest><director>D</director><cook>C</cook></credits><date>2020</date><date>2021</date>
       <icon/><icon src="http://a.example/?a=1&amp;b=&quot;"/><length>3</length><video><quality>HDTV</quality></video>
       <category>A</category><title>T</title><image type="poster" size="9">http://a.example/p</image>`,
    ),
  )
  expect(programmes[0]?.body).toBe(
    '<title>T</title><credits><director>D</director><guest>G</guest></credits><date>2020</date>' +
      '<category>A</category><icon src="http://a.example/?a=1&amp;b=&quot;"/><episode-num>3</episode-num>' +
      '<video><quality>HDTV</quality></video><new/><rating system="X"><value>12</value></rating>' +
      '<image type="poster">http://a.example/p</image>',
  )
})

test('never throws, and writes what can be read again', () => {
  const piece = fc.constantFrom(
    '<programme ',
    ' channel="a"',
    ' start="20250101">',
    '<title>',
    'T&',
    '</title>',
    '</programme>',
    '<!--',
    '"',
    '<![CDATA[',
    ']]>',
    '\u0000',
    '<',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 30 }), (pieces) => {
      for (const { body } of read(pieces.join('')).programmes) {
        const again = read(programme(body)).programmes
        expect(again.map((found) => found.body)).toEqual([body])
      }
    }),
  )
})

test('a document whose root is not closed was cut off', () => {
  expect(read(`<tv>${programme('<title>A</title>')}</tv>\n<!-- made at noon -->\n`).facts.isCutOff).toBe(false)
  expect(read(`<tv>${programme('<title>A</title>')}`).facts.isCutOff).toBe(true)
})
