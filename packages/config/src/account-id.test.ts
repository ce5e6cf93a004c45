import { describe, expect, test } from '@jest/globals'
import { combineSources } from './combine-sources.ts'
import { parseSources } from './parse-sources.ts'
import { parseSourcesFile } from './parse-sources-file.ts'

const accountOf = (url: string) => parseSources(url).sources[0]!.accountId
const LOGIN = 'http://tv.example/get.php?username=joe77&password=word88&type=m3u_plus'

describe('an account is its login', () => {
  test.each([
    ['another query parameter', 'http://tv.example/get.php?username=joe77&password=word88&type=m3u_plus&output=ts'],
    ['without a query parameter', 'http://tv.example/get.php?username=joe77&password=word88'],
    ['another order of parameters', 'http://tv.example/get.php?type=m3u&password=word88&username=joe77'],
    ['another path', 'http://tv.example/panel/playlist.php?username=joe77&password=word88'],
    ['another scheme of the same port', 'http://tv.example:80/get.php?username=joe77&password=word88'],
    ['a new password', 'http://tv.example/get.php?username=joe77&password=other'],
    ['the login in the path', 'http://tv.example/live/joe77/word88/1.ts'],
    ['the login in front of the host', 'http://joe77:word88@tv.example/list.m3u'],
    ['a token besides', 'http://tv.example/get.php?token=abcdef&username=joe77&password=word88'],
    ['another spelling of the user', 'http://tv.example/get.php?username=joe%377&password=word88'],
  ])('%s makes no difference', (_, url) => {
    expect(accountOf(url)).toBe(accountOf(LOGIN))
  })

  test.each([
    ['another user', 'http://tv.example/get.php?username=ann77&password=word88&type=m3u_plus'],
    ['another host', 'http://tv2.example/get.php?username=joe77&password=word88&type=m3u_plus'],
    ['another port', 'http://tv.example:8080/get.php?username=joe77&password=word88&type=m3u_plus'],
  ])('%s is another account', (_, url) => {
    expect(accountOf(url)).not.toBe(accountOf(LOGIN))
  })

  test.each([
    ['a device', 'http://tv.example/c?mac=00:1A:79:00:00:01&x=1', 'http://tv.example/c?y=2&mac=00:1A:79:00:00:01'],
    ['a token', 'http://tv.example/l.m3u?token=abc123', 'http://tv.example/all.m3u?kind=hls&token=abc123'],
    [
      'a token in the path',
      'http://tv.example/p/4f9c2a7be81d4c5f9a6b/list.m3u',
      'http://tv.example/p/4f9c2a7be81d4c5f9a6b/list.m3u?x=1',
    ],
    ['the list itself', 'http://tv.example/list.m3u', 'http://tv.example/list.m3u?output=ts'],
  ])('without a user, %s identifies it', (_, one, two) => {
    expect(accountOf(two)).toBe(accountOf(one))
    expect(accountOf(two)).not.toBe(accountOf('http://tv.example/other.m3u'))
  })

  const inFile = (...sources: Array<readonly [name: string, url: string]>) =>
    combineSources(
      parseSourcesFile({
        text: `sources:\n${sources.map(([name, url]) => `  - { name: "${name}", url: "${url}", limit: 1 }\n`).join('')}`,
      }).sources,
    ).sources.map(({ accountId }) => accountId)

  test('order, name and neighbours of a source make no difference', () => {
    const [login, vod] = [LOGIN, LOGIN.replace('get.php', 'vod.php')]
    const [account] = inFile(['One', login], ['Two', vod])
    expect(inFile(['Two', vod], ['One', login])).toEqual([account, account])
    expect(inFile(['Two', vod])).toEqual([account])
    expect(inFile(['Renamed', login])).toEqual([account])
    expect(parseSources(`http://a.example/l.m3u,${login}|3`).sources[1]?.accountId).toBe(account)
  })

  test('an id shows the host, but neither the user nor anything that leads to it', () => {
    expect(accountOf(LOGIN)).toMatch(/^tv-example-[0-9a-f]{6}$/)
  })
})
