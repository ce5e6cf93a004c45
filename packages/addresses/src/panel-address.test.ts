import { expect, test } from '@jest/globals'
import { panelAddress, panelFile, panelStream } from './panel-address.ts'
import { accountKey } from './source-login.ts'

const ADDRESS = 'http://tv.example:8080/player_api.php?username=u&password=p'

test.each([
  ['xtream://u:p@tv.example:8080', ADDRESS],
  ['xtream://u:p@tv.example:8080/', ADDRESS],
  ['xtreams://u:p@tv.example', 'https://tv.example/player_api.php?username=u&password=p'],
  ['http://u:p@tv.example:8080/', ADDRESS],
  ['http://tv.example:8080/get.php?username=u&password=p&type=m3u_plus', ADDRESS],
  ['http://tv.example:8080/player_api.php?password=p&username=u', ADDRESS],
  ['http://u:p@tv.example/panel/xmltv.php', 'http://tv.example/panel/player_api.php?username=u&password=p'],
  ['xtream://a%40b:c%2Bd@tv.example', 'http://tv.example/player_api.php?username=a%40b&password=c%2Bd'],
  ['xtream://tv.example', undefined],
  ['xtream://u@tv.example', undefined],
])('a panel written as %s', (written, address) => {
  expect(panelAddress(new URL(written))?.href).toBe(address)
})

test('a login beside the address replaces one in it', () => {
  const url = panelAddress(new URL('http://u:p@tv.example'), { username: 'other user', password: 'ä' })
  expect(url?.href).toBe('http://tv.example/player_api.php?username=other%20user&password=%C3%A4')
})

test('files and streams of the panel have its folder and its login', () => {
  const address = 'http://tv.example/panel/player_api.php?username=a%40b&password=p'
  expect(panelFile(address, 'xmltv.php')).toBe('http://tv.example/panel/xmltv.php?username=a%40b&password=p')
  expect(panelFile(ADDRESS, 'player_api.php', { action: 'get_live_streams' })).toBe(
    `${ADDRESS}&action=get_live_streams`,
  )
  expect(panelStream(address, 'movie')(7, 'mkv')).toBe('http://tv.example/panel/movie/a%40b/p/7.mkv')
})

test('a panel is the same account as the playlist of its login', () => {
  const playlist = new URL('http://tv.example:8080/get.php?username=u&password=p&type=m3u')
  expect(accountKey(new URL(ADDRESS))).toBe(accountKey(playlist))
})
