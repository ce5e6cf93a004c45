import { describe, expect, test } from '@jest/globals'
import { sealSecrets } from '@kptv/addresses'
import { parseSources, type Source } from './parse-sources.ts'
import { parseSourcesFile } from './parse-sources-file.ts'
import { loginsOf } from './source-logins.ts'
import { openStream } from './stream-seal.ts'

const read = (item: string) => parseSourcesFile({ text: `sources: [{name: panel, ${item}}]` })
const onlySource = (item: string): Source => {
  const { sources, problems } = read(item)
  expect(problems).toEqual([])
  return sources[0]!
}

test('SOURCES accepts xtream://user:password@host with a limit', () => {
  const { sources, problems } = parseSources('xtream://u:p@tv.example:8080|3,http://b.example/list.m3u|1')
  expect(problems).toEqual([])
  expect(sources[0]).toMatchObject({
    type: 'xtream',
    url: 'http://tv.example:8080/player_api.php?username=u&password=p',
    name: 'tv.example:8080',
    limit: 3,
    secrets: ['u', 'p'],
  })
  expect(sources[1]).not.toHaveProperty('type')
})

test('a panel without a login is refused, without quoting it', () => {
  const { problems } = parseSources('xtream://secretuser@tv.example|3')
  expect(problems).toEqual(['source 1 (tv.example) has no login: write xtream://user:password@host'])
})

test('the file accepts the login in the address or below it', () => {
  const url = 'http://tv.example/player_api.php?username=u&password=p'
  expect(onlySource('url: "xtream://u:p@tv.example"')).toMatchObject({ url, type: 'xtream', limit: 1 })
  expect(onlySource('url: "http://u:p@tv.example", type: xtream, limit: 4')).toMatchObject({ url, limit: 4 })
  const inList = onlySource('url: "http://tv.example", type: xtream, logins: [{username: u, password: p, limit: 2}]')
  expect(inList).toMatchObject({ url, limit: 2 })
  expect(inList).not.toHaveProperty('otherLogins')
})

describe('several logins', () => {
  const POOL = 'logins: [{username: one, password: first, limit: 1}, {username: "a b", password: second, limit: 2}]'

  test('are separate accounts, of a panel and of a playlist', () => {
    for (const item of [
      `url: "http://tv.example", type: xtream, ${POOL}`,
      `url: "http://tv.example/get.php?type=m3u", ${POOL}`,
    ]) {
      const logins = loginsOf(onlySource(item))
      expect(logins.map(({ limit }) => limit)).toEqual([1, 2])
      expect(new Set(logins.map(({ accountId }) => accountId)).size).toBe(2)
      expect(logins[1]?.url).toContain('username=a%20b&password=second')
    }
  })

  test('a sealed address opens for each of them, at the host of the source', () => {
    const source = onlySource(`url: "http://one.example", type: xtream, ${POOL}`)
    const url = sealSecrets('http://one.example/live/one/first/7.ts', source.secrets)
    const opened = loginsOf(source).map((login) => openStream({ url, headers: [] }, source, login).url)
    expect(opened).toEqual(['http://one.example/live/one/first/7.ts', 'http://one.example/live/a%20b/second/7.ts'])
  })
})

test.each([
  ['url: "http://tv.example", type: xtream', 'url: has no login; write it there, or `logins:` below it'],
  ['url: "xtream://u:p@tv.example", type: m3u', 'type: must be xtream for an xtream:// address'],
  [
    'url: "xtream://u:p@tv.example", type: xtream, kinds: [live, radio]',
    'sources[0].kinds[1]: must be live, movie or series',
  ],
  ['url: "http://tv.example/l.m3u", kinds: [live]', 'kinds: needs `type: xtream`; a playlist has `filters`'],
  [
    'url: "xtream://u:p@tv.example", logins: [{username: v, password: p}]',
    'logins: the address already has a login; write it in one place only',
  ],
  [
    'url: "http://tv.example", type: xtream, limit: 2, logins: [{username: v, password: p}]',
    'limit: each of the `logins` has its own',
  ],
  [
    'url: "http://tv.example", type: xtream, logins: [{username: v, password: p}, {username: v, password: q}]',
    'logins: a username appears twice',
  ],
  [
    'url: "http://tv.example", type: xtream, logins: [{username: v, password: p}, {username: w, password: w}]',
    'logins: with several, no username may equal its password',
  ],
])('%s is refused', (item, message) => {
  expect(read(item).problems).toEqual([{ line: 1, message }])
})

test('no message shows a username or password of the logins', () => {
  const { problems } = parseSourcesFile({
    text: 'sources:\n  - name: canary-user\n    url: http://tv.example\n    type: xtream\n    logins: [{ username: canary-user, password: canary-pass, extra: canary-pass }]\n    canary-pass: 1',
  })
  expect(problems.length).toBeGreaterThan(0)
  expect(JSON.stringify(problems)).not.toContain('canary-')
})
