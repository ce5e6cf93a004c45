import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { createM3uParser } from './parse-m3u.ts'

function parse(input: string | Uint8Array) {
  const parser = createM3uParser()
  const bytes = typeof input === 'string' ? new TextEncoder().encode(input) : input
  return { entries: [...parser.push(bytes), ...parser.end()], skipped: parser.skipped.byReason }
}
const fixture = (name: string) => parse(readFileSync(new URL(`../fixtures/${name}.m3u`, import.meta.url)))

test('request headers from all places: the last one wins, and only for its own entry', () => {
  const { entries, skipped } = fixture('options-around-extinf')
  expect(entries.map(({ name, url, headers }) => ({ name, url, headers }))).toEqual([
    { name: 'Before', url: 'http://tv.example/1', headers: [['User-Agent', 'Before/1.0']] },
    {
      name: 'Between',
      url: 'http://tv.example/2',
      headers: [
        ['Referer', 'http://site.example/'],
        ['Origin', 'http://kodi.example'],
        ['Cookie', 'a=b'],
        ['User-Agent', 'Suffix/2.0'],
      ],
    },
    { name: 'None', url: 'http://tv.example/3', headers: [] },
  ])
  expect(skipped).toEqual({ 'header-refused': 2 })
})

describe('headers that are refused', () => {
  test.each([
    ['#EXTHTTP:{"Host":"x"}', 'http://t/1'],
    ['#EXTHTTP:{"Transfer-Encoding":"chunked"}', 'http://t/1'],
    ['#EXTHTTP:{"User-Agent":{"a":1}}', 'http://t/1'],
    ['#EXTHTTP:["User-Agent"]', 'http://t/1'],
    ['#EXTHTTP:{"__proto__":"x"}', 'http://t/1'],
    ['#EXTHTTP:{broken', 'http://t/1'],
    ['#EXTVLCOPT:http-user-agent=a\u0000b', 'http://t/1'],
    ['#EXTVLCOPT:http-user-agent=電視', 'http://t/1'],
    ['#EXTVLCOPT:http-user-agent=', 'http://t/1'],
    [`#EXTVLCOPT:http-referrer=${'x'.repeat(5000)}`, 'http://t/1'],
    ['', 'http://t/1|User-Agent=a%0d%0aX-Evil:%201'],
    ['', 'http://t/1|Authorization=Basic%20x'],
    ['', 'http://t/1|Connection=close'],
    ['', 'http://t/1|nonsense'],
  ])('%s %s', (option, url) => {
    const { entries, skipped } = parse(`#EXTINF:-1,A\n${option}\n${url}\n`)
    expect(entries).toMatchObject([{ url: 'http://t/1', headers: [] }])
    expect(skipped).toEqual({ 'header-refused': 1 })
  })
})

test.each([
  [
    '#EXTINF:-1 http-user-agent="UA" http-referrer="http://r/",A\nhttp://t/1',
    ['User-Agent', 'UA'],
    ['Referer', 'http://r/'],
  ],
  ['#EXTVLCOPT:http-referer="http://r/"\n#EXTINF:-1,A\nhttp://t/1', ['Referer', 'http://r/']],
  ['#EXTVLCOPT:http-user-agent=first\n#EXTINF:-1 user-agent="second",A\nhttp://t/1', ['User-Agent', 'first']],
  [
    'http://t/1|!User-Agent=100%&Referer=http%3A%2F%2Fr%2F%3Fa%3Db',
    ['User-Agent', '100%'],
    ['Referer', 'http://r/?a=b'],
  ],
  ['http://t/1|', ...[]],
  ['http://t/1|User-Agent=A/1|Referer=http://r/', ['User-Agent', 'A/1'], ['Referer', 'http://r/']],
  ['http://t/1|user-agent=A|B&cookies=a%3Db', ['User-Agent', 'A|B'], ['Cookie', 'a=b']],
  ['#EXTVLCOPT:--http-user-agent=A\nhttp://t/1', ['User-Agent', 'A']],
  ['#EXTVLCOPT--http-user-agent=A\nhttp://t/1', ['User-Agent', 'A']],
  ['#EXTVLCOPT: :http-referrer = "http://r/"\nhttp://t/1', ['Referer', 'http://r/']],
  ['#EXTVLCOPT:http-cookies=a=b; c=d\nhttp://t/1', ['Cookie', 'a=b; c=d']],
  ['#KODIPROP:inputstream.adaptive.manifest_headers=Referer=http%3A%2F%2Fr%2F\nhttp://t/1', ['Referer', 'http://r/']],
])('%j', (text, ...headers) => {
  expect(parse(text)).toMatchObject({ entries: [{ url: 'http://t/1', headers }], skipped: {} })
})

describe('#EXTVLCOPT:program', () => {
  test.each([
    ['program=102', 102],
    ['PROGRAM = "7"', 7],
    ['program=65535', 65_535],
    ['programs=101,102', 101],
    ['programs = "7, 8"', 7],
    ['--program=5', 5],
    [':program=6', 6],
    ['program-title=4', undefined],
    ['network-caching=1000', undefined],
  ])('%s', (option, program) => {
    const { entries, skipped } = parse(`#EXTINF:-1,A\n#EXTVLCOPT:${option}\nhttp://t/1\nhttp://t/2\n`)
    expect(entries.map((entry) => entry.program)).toEqual([program, undefined])
    expect(skipped).toEqual({})
  })

  test.each(['0', '65536', '-1', '', 'one', '1e3', '0x10', '9'.repeat(400)])('%j costs the option only', (value) => {
    const { entries, skipped } = parse(`#EXTINF:-1,A\n#EXTVLCOPT:program=${value}\nhttp://t/1\n`)
    expect(entries).toMatchObject([{ name: 'A', url: 'http://t/1' }])
    expect(entries[0]).not.toHaveProperty('program')
    expect(skipped).toEqual({ 'bad-program': 1 })
  })

  test('is lost with a lost entry', () => {
    const { entries } = parse('#EXTINF:-1,A\n#EXTVLCOPT:program=3\n#EXTINF:-1,B\nhttp://t/1\n')
    expect(entries.map(({ name, program }) => [name, program])).toEqual([['B', undefined]])
  })
})

test("#EXTGRP applies until it is changed or emptied; an entry's group-title wins", () => {
  expect(fixture('groups-by-extgrp').entries.map(({ name, attributes }) => [name, attributes])).toEqual([
    ['One', [['group-title', 'News']]],
    ['Two', [['group-title', 'Own']]],
    ['Three', [['group-title', 'News']]],
    ['Four', []],
  ])
})

test('directives in any case, with spaces, or without a colon', () => {
  expect(parse('#extm3u\n# EXTINF:-1,A\nhttp://t/1\n#ExtInf -1 ,B\n#extgrp: G\nhttp://t/2').entries).toMatchObject([
    { name: 'A', attributes: [] },
    { name: 'B', attributes: [['group-title', 'G']] },
  ])
})
