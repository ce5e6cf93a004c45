import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseSourcesFile } from './parse-sources-file.ts'

const parse = (text: string) => parseSourcesFile({ text })
const problemsOf = (text: string) => parse(text).problems.map(({ line, message }) => `${line} ${message}`)

describe('a sources file', () => {
  test('sets everything about a source', () => {
    const { sources, problems } = parse(`
sources:
  - name: My provider
    url: http://one.example/get.php?username=USER1&password=PASS1
    limit: 2
    priority: 1
    userAgent: VLC/3.0.20
    listHeaders: { Referer: "https://one.example/" }
    playHeaders:
      X-Key: KEY-OF-PLAY
    tls: insecure
    coolDown: 5s
    epgUrl: http://one.example/xmltv.php?username=USER1&password=PASS1
    filters:
      include: { group: "^News", kind: [live] }
      exclude: { name: ["(?i)test", "4K"] }
`)
    expect(problems).toEqual([])
    expect(sources).toEqual([
      {
        id: expect.stringMatching(/^my-provider-[0-9a-f]{6}$/),
        name: 'My provider',
        url: 'http://one.example/get.php?username=USER1&password=PASS1',
        accountId: expect.stringMatching(/^one-example-[0-9a-f]{6}$/),
        limit: 2,
        secrets: ['USER1', 'PASS1', 'KEY-OF-PLAY'],
        priority: 1,
        userAgent: 'VLC/3.0.20',
        listHeaders: [['Referer', 'https://one.example/']],
        playHeaders: [['X-Key', 'KEY-OF-PLAY']],
        tls: 'insecure',
        coolDownMs: 5000,
        epgUrl: 'http://one.example/xmltv.php?username=USER1&password=PASS1',
        filters: {
          include: [
            { field: 'group', pattern: '^News' },
            { field: 'kind', pattern: 'live' },
          ],
          exclude: [
            { field: 'name', pattern: '(?i)test' },
            { field: 'name', pattern: '4K' },
          ],
        },
      },
    ])
  })

  test('needs only name and address of each source', () => {
    expect(parse('sources: [{name: A, url: "http://a.example/"}]').sources).toEqual([
      {
        id: expect.any(String),
        name: 'A',
        url: 'http://a.example/',
        accountId: expect.any(String),
        limit: 1,
        secrets: [],
      },
    ])
    expect(parse('sources: []')).toMatchObject({ sources: [], problems: [] })
  })

  test('gives an id that only the name decides', () => {
    const idOf = (text: string) => parse(`sources: [${text}]`).sources[0]?.id
    const id = idOf('{name: My TV, url: "http://a.example/get.php?username=u&password=p"}')
    expect(idOf('{name: " my tv", url: "https://b.example/other.m3u", limit: 7, priority: 3}')).toBe(id)
    expect(idOf('{name: My TV 2, url: "http://a.example/get.php?username=u&password=p"}')).not.toBe(id)
    expect(idOf('{name: "電視", url: "http://a.example/"}')).toMatch(/^source-[0-9a-f]{6}$/)
  })
})

describe('channels', () => {
  const written = (channels: string) => parse(`sources: []\nchannels:\n${channels}`)

  test('have the wishes that were written, and nothing else', () => {
    expect(
      written('  - channel: BBC\n    number: 101\n    hide: false\n  - { channel: x, number: "5.1", order: 2 }')
        .channels,
    ).toEqual([
      { channel: 'BBC', number: '101', hide: false },
      { channel: 'x', number: '5.1', order: 2 },
    ])
  })

  test.each([
    ['{ channel: BBC, number: 0 }', 'number'],
    ['{ channel: BBC, number: BS1 }', 'number'],
    ['{ channel: BBC, logo: "ftp://x/1.png" }', 'logo'],
    ['{ channel: BBC, rename: "" }', 'rename'],
    ['{ channel: BBC, colour: red }', 'colour'],
    ['{ rename: BBC }', 'channel'],
    ['{ channel: BBC }\n  - { channel: BBC }', 'in the list already'],
  ])('%s is refused', (item, part) => {
    const { problems } = written(`  - ${item}`)
    expect(problems.map(({ message }) => message).join()).toContain(part)
  })
})

describe('what is wrong', () => {
  test('is reported all at once, with its line', () => {
    expect(
      problemsOf(`sources:
  - name: One
    url: ftp://x
    limit: 0
    colour: red
  - url: http://x/
    filters:
      include:
        group: '(?=x)'
        kind: films
      exclude: [1]
    listHeaders:
      Host: x
      X-Number: 5
  - name: Two
    limit: many
    coolDown: 11m
    tls: maybe
    priority: 1.5
more: 1
`),
    ).toEqual([
      '3 sources[0].url: must be an http://, https:// or xtream:// address',
      '4 sources[0].limit: must be a whole number from 1 to 10000, or unlimited',
      '5 sources[0].colour: is unknown here',
      '6 sources[1].name: is missing; it must be text',
      '9 sources[1].filters.include.group: must be a regular expression, or a list of them (RE2: no look-around, no back references)',
      '10 sources[1].filters.include.kind: must be live, movie or series, or a list of these',
      '11 sources[1].filters.exclude: must be rules such as { group: "^News" }',
      '13 sources[1].listHeaders.Host: is not a header field that may be set here',
      '14 sources[1].listHeaders.X-Number: must be text; put numbers and dates in quotes',
      '15 sources[2].url: is missing; it must be an http://, https:// or xtream:// address',
      '16 sources[2].limit: must be a whole number from 1 to 10000, or unlimited',
      '17 sources[2].coolDown: must be a duration of at most 10m, such as 5s',
      '18 sources[2].tls: must be verify or insecure',
      '19 sources[2].priority: must be a whole number from 1 to 9999',
      '20 more: is unknown here',
    ])
  })

  test.each([
    ['', '1 the file must be sources: with a list below it'],
    ['sources:', '1 sources: must be a list of sources'],
    ['sources:\n  - name: a\n\turl: x', '3 not valid YAML (TAB_AS_INDENT)'],
    ['a: *PASSWORD', '1 not valid YAML (BAD_ALIAS)'],
    [
      'sources:\n  - {name: A, url: "http://a/"}\n  - {name: a, url: "http://b/"}',
      '3 name: "a" is the name of another source already',
    ],
    [
      'sources:\n  - name: of joe77\n    url: http://joe77:x@a/',
      '2 name: holds a part of the login, and is shown to people',
    ],
    [
      'sources:\n  - name: A\n    url: http://h/get.php?username=joe&password=PASSWORD\n    PASSWORD: joe\n    PASS77: 1',
      '4 sources[0].(hidden): is unknown here',
    ],
    ['sources:\n  - http://user:PASSWORD@host/: 1', '2 sources[0].name: is missing; it must be text'],
    [
      'sources: [{name: A, url: "http://a/", listHeaders: {Cookie: "a\\nb"}}]',
      '1 sources[0].listHeaders.Cookie: must be one line of Latin-1 text',
    ],
    [
      'sources: [{name: A, url: "http://a/", listHeaders: {Cookie: "a\\x85b"}}]',
      '1 sources[0].listHeaders.Cookie: must be one line of Latin-1 text',
    ],
    [
      `sources: [{name: A, url: "http://a/", listHeaders: {${'x'.repeat(65)}: "a"}}]`,
      '1 sources[0].listHeaders.(hidden): is not a header field that may be set here',
    ],
  ])('%j: %s', (text, expected) => {
    expect(problemsOf(text)).toContain(expected)
    expect(problemsOf(text).join()).not.toContain('PASSWORD')
  })

  test('includes problems of the file itself', () => {
    expect(parseSourcesFile({ problem: 'cannot be read (ENOENT)' })).toMatchObject({
      sources: [],
      problems: [{ line: 1, message: 'the file cannot be read (ENOENT)' }],
    })
  })

  test('never throws on any text', () => {
    const yamlLike = fc.string({ unit: fc.constantFrom(...'sources:-name url{}[]&*!|>\n\t"\'#%@0a') })
    fc.assert(fc.property(fc.oneof(fc.string(), yamlLike), (text) => Array.isArray(parse(text).problems)))
    const bomb = `a: &a [x]\n${Array.from({ length: 30 }, (_, i) => `${'b'.repeat(i + 1)}: &${'b'.repeat(i + 1)} [*${i === 0 ? 'a' : 'b'.repeat(i)}, *${i === 0 ? 'a' : 'b'.repeat(i)}]`).join('\n')}`
    expect(parse(bomb).problems).not.toEqual([])
  })
})
