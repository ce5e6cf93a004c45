import { describe, expect, test } from '@jest/globals'
import { parseSources, UNLIMITED } from './parse-sources.ts'

const read = (text: string) => parseSources(text).sources.map(({ url, limit }) => [url, limit])

describe('the list of sources', () => {
  test.each<[string, Array<[string, number]>]>([
    ['http://a.example/list.m3u|5', [['http://a.example/list.m3u', 5]]],
    ['http://a.example/list.m3u', [['http://a.example/list.m3u', 1]]],
    ['http://a.example/l|unlimited', [['http://a.example/l', UNLIMITED]]],
    ['http://a.example/l:5', [['http://a.example/l', 5]]],
    ['http://a.example:8080', [['http://a.example:8080/', 1]]],
    ['http://a.example:8080/:7', [['http://a.example:8080/', 7]]],
    ['http://a.example/l:9|5', [['http://a.example/l:9', 5]]],
    [
      ' http://a.example/1|2 ,\n https://b.example/2|3\n',
      [
        ['http://a.example/1', 2],
        ['https://b.example/2', 3],
      ],
    ],
    [
      'http://a.example/1\nhttp://b.example/2|3',
      [
        ['http://a.example/1', 1],
        ['http://b.example/2', 3],
      ],
    ],
    [
      'http://a.example/x,y?ids=1,2|2,http://b.example/z',
      [
        ['http://a.example/x,y?ids=1,2', 2],
        ['http://b.example/z', 1],
      ],
    ],
    ['http://[::1]:8080/l|2', [['http://[::1]:8080/l', 2]]],
    ['', []],
    [' , ', []],
  ])('%j', (text, expected) => {
    expect(parseSources(text).problems).toEqual([])
    expect(read(text)).toEqual(expected)
  })

  test.each([
    'ftp://a.example/l|1',
    'file:///etc/passwd|1',
    'a.example/l|1',
    'http://|1',
    'http://a.example/l|0',
    'http://a.example/l|-1',
    'http://a.example/l|five',
    'http://a.example/l|',
    'http://a.example/l|1e3',
    'http://a.example/l|10001',
    'http://a.example:99999/l|1',
    'http://a.example/l|5,nonsense',
  ])('%j is a problem, not a guess', (text) => {
    expect(parseSources(text).problems).toHaveLength(1)
  })

  test('a problem shows the host at most', () => {
    const { problems } = parseSources(
      'http://canary-user:canary-word@a.example/get.php?password=canary-word|x,ftp://canary-user@b/|1',
    )
    expect(problems).toHaveLength(2)
    expect(problems.join()).not.toContain('canary')
  })

  test('odd characters are encoded', () => {
    expect(read('http://u$er:pä"ss@a.example/my list.m3u?q=a b|2')).toEqual([
      ['http://u$er:p%C3%A4%22ss@a.example/my%20list.m3u?q=a%20b', 2],
    ])
  })

  test('one login with two limits: the smallest applies to all, with a warning', () => {
    const { sources, warnings } = parseSources(
      'http://a.example/get.php?username=u&password=p|5,http://b.example/l|4,http://a.example/get.php?username=u&password=p|2,' +
        'http://a.example/get.php?username=u&password=p&type=m3u|9',
    )
    expect(sources.map(({ name, limit }) => [name, limit])).toEqual([
      ['a.example', 2],
      ['b.example', 4],
      ['a.example (2)', 2],
    ])
    expect(warnings).toEqual(['SOURCES names one account at a.example with different limits; the smallest, 2, is used'])
  })
})

describe('the id of a source', () => {
  const idOf = (text: string) => parseSources(text).sources[0]?.id

  test('is readable and holds no secret', () => {
    expect(idOf('http://canary:canary@tv.example.com:8080/get.php?username=canary&password=canary')).toMatch(
      /^tv-example-com-8080-[0-9a-f]{6}$/,
    )
  })

  test.each([
    ['another password', 'http://u:2@a.example/get.php?username=u&password=2&type=m3u'],
    ['another user', 'http://v:2@a.example/get.php?username=v&password=2&type=m3u'],
    ['another order of the query', 'http://u:1@a.example/get.php?type=m3u&password=1&username=u'],
    ['another limit', 'http://u:1@a.example/get.php?username=u&password=1&type=m3u|7'],
  ])('%s changes nothing', (_, other) => {
    expect(idOf(other)).toBe(idOf('http://u:1@a.example/get.php?username=u&password=1&type=m3u'))
  })

  test('a login in the path changes nothing either', () => {
    expect(idOf('http://a.example/playlist/user1/word1/m3u_plus')).toBe(
      idOf('http://a.example/playlist/user2/word2/m3u_plus'),
    )
  })

  test.each([
    'https://a.example/1',
    'http://b.example/1',
    'http://a.example:81/1',
    'http://a.example/2',
    'http://a.example/1?list=2',
  ])('%s is another source than http://a.example/1', (other) => {
    expect(idOf(other)).not.toBe(idOf('http://a.example/1'))
  })

  test('two logins at one address have two ids in any order', () => {
    const ids = (text: string) => parseSources(text).sources.map(({ id }) => id)
    const [first, second] = ids(
      'http://a.example/get.php?username=one&password=1,http://a.example/get.php?username=two&password=2',
    )
    expect(first).not.toBe(second)
    expect(
      ids('http://a.example/get.php?username=two&password=2,http://a.example/get.php?username=one&password=1'),
    ).toEqual([second, first])
  })
})

test('sources with one login share an account, with any path; others are separate accounts', () => {
  const { sources } = parseSources(
    [
      'http://tv.example/get.php?username=ann&password=secret&type=m3u|2',
      'http://tv.example/list?username=ann&password=secret|1',
      'http://tv.example/get.php?username=bob&password=secret&type=m3u|2',
      'http://open.example/one.m3u|2',
      'http://open.example/two.m3u|2',
    ].join(','),
  )
  const [ann, annAgain, bob, one, two] = sources.map((source) => source.accountId)
  expect(annAgain).toBe(ann)
  expect(new Set([ann, bob, one, two]).size).toBe(4)
  expect(sources.slice(0, 2).map((source) => source.limit)).toEqual([1, 1])
})
