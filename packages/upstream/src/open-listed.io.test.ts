import { describe, expect, jest, test } from '@jest/globals'
import { createTransportStreamMaker, eventually } from '@kptv/testkit'
import { playMedia } from '../test-support/play-media.ts'
import { smallVod, startFiles, toTenths } from '../test-support/small-vod.ts'
import { startProvider } from '../test-support/start-provider.ts'
import { readAddressList } from './address-list.ts'

jest.setTimeout(60_000)

const LISTS: ReadonlyArray<[string, (address: string) => string]> = [
  ['M3U of one entry', (address) => `#EXTM3U\r\n#EXTINF:-1,One\r\n${address}\r\n`],
  ['M3U without a length', (address) => `#EXTM3U\n${address}\n`],
  ['PLS', (address) => `[playlist]\nNumberOfEntries=1\nFile1=${address}\nTitle1=One\nLength1=-1\nVersion=2\n`],
  ['a reference of Windows Media', (address) => `[Reference]\r\nRef1=${address}\r\n`],
  ['ASX', (address) => `<ASX version="3.0">\n<ENTRY><TITLE>One</TITLE><REF HREF="${address}" /></ENTRY></ASX>`],
  [
    'XSPF',
    (address) =>
      `<?xml version="1.0"?>\n<playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList><track>` +
      `<location>${address.replace('&', '&amp;')}</location></track></trackList></playlist>`,
  ],
  ['SMIL', (address) => `<smil><head/><body><video src="${address.replace('&', '&amp;')}" dur="5s"/></body></smil>`],
  ['WPL', (address) => `<?wpl version="1.0"?>\r\n<smil><body><seq><media src="${address}"/></seq></body></smil>`],
  [
    'a media link of QuickTime',
    (address) =>
      `<?xml version="1.0"?>\n<?quicktime type="application/x-quicktime-media-link"?>\n<embed src='${address}'/>`,
  ],
  [
    'B4S',
    (address) => `<?xml version="1.0"?><WinampXML><playlist><entry Playstring="${address}"/></playlist></WinampXML>`,
  ],
  ['an address behind remarks', (address) => `# of today\n# and no other\n${address}\n--stop--\n`],
  ['an address with fields behind it', (address) => `${address}|User-Agent=Other&Host=evil.example`],
  ['an address alone', (address) => `${address}\n`],
  ['an address alone, behind a mark', (address) => `\ufeff  ${address}`],
]

describe('follows a list that an address answers with', () => {
  test.each(LISTS)('%s, to HLS', async (_name, list) => {
    const files = smallVod('media')
    await using provider = await startFiles(files)
    files.set('/x', list(provider.url('/media.m3u8?a=1&b=2')))
    await using player = await playMedia(provider.url('/x'))
    await eventually('it ends', () => player.seen.error)
    expect([player.seen.error, toTenths(player.mediaMs())]).toMatchObject([{ code: 'hls-finished' }, 1_500])
  })

  test('to a stream, over one lasting connection', async () => {
    const maker = createTransportStreamMaker()
    await using provider = await startProvider(({ path }, socket) => {
      if (path === '/x.m3u') {
        socket.end(
          'HTTP/1.1 200 OK\r\nContent-Type: audio/x-mpegurl\r\nConnection: close\r\n\r\n#EXTM3U\n#EXTINF:-1,x\n/live\n',
        )
        return
      }
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\n\r\n')
      const timer = setInterval(() => socket.write(maker.next(100)), 20)
      socket.once('close', () => clearInterval(timer))
    })
    await using player = await playMedia(provider.url('/x.m3u'))
    await eventually('it plays', () => player.seen.error ?? player.mediaMs() > 3_000)
    expect(player.seen.error).toBeUndefined()
    expect(provider.requests.map(({ path }) => path)).toEqual(['/x.m3u', '/live'])
  })

  test('to the next address when the first is unavailable', async () => {
    const files = smallVod('media')
    files.set('/x', '#EXTM3U\n#EXTINF:-1,a\ngone.m3u8\n#EXTINF:-1,b\nmedia.m3u8\n')
    await using provider = await startFiles(files)
    await using player = await playMedia(provider.url('/x'))
    await eventually('it ends', () => player.seen.error)
    expect([player.seen.error, toTenths(player.mediaMs())]).toMatchObject([{ code: 'hls-finished' }, 1_500])
  })

  test('not forever', async () => {
    await using provider = await startFiles(new Map([['/x', '#EXTM3U\n#EXTINF:-1,a\nx\n']]))
    await using player = await playMedia(provider.url('/x'))
    await eventually('it ends', () => player.seen.error)
    expect(player.seen.error).toMatchObject({ code: 'too-many-redirects' })
    expect(provider.requests.length).toBeLessThan(6)
  })

  test('not into our own network, and not with fields that were meant for its host', async () => {
    await using other = await startFiles(smallVod('media'))
    const files = new Map([['/x', `#EXTM3U\n#EXTINF:-1,a\n${other.url('/media.m3u8', '127.0.0.1')}\n`]])
    await using provider = await startFiles(files)
    const headers = [['X-Token', 'secret']] as const
    await using player = await playMedia(provider.url('/x').replace('://', '://me:pw@'), { headers })
    await eventually('it ends', () => player.seen.error)
    const sent = other.requests.flatMap(({ lines }) => lines).filter((line) => /^(x-token|authorization)/i.test(line))
    expect([other.requests.length > 0, sent]).toEqual([true, []])

    const allowAddress = (address: string, host: string): boolean => address !== '127.0.0.1' || host === 'localhost'
    await using refused = await playMedia(provider.url('/x'), { allowAddress })
    await eventually('it ends', () => refused.seen.error)
    expect(refused.seen.error).toMatchObject({ code: 'blocked-address' })
  })
})

test.each([
  ['', []],
  ['[playlist]\nNumberOfEntries=0', []],
  ['<asx></asx>', []],
  ['no list at all', []],
  ['[playlist]\nFile1=a\nFile2=b\n', ['a', 'b']],
  [`<asx><entry><ref href='a&amp;b'/></entry></asx>`, ['a&b']],
  ['http://a/\nsome words\nrtsp://b/', ['http://a/', 'rtsp://b/']],
  [`[playlist]\n${'File1=x\n'.repeat(100_000)}`, Array.from({ length: 16 }, () => 'x')],
])('%j names %j', (text, addresses) => {
  expect(readAddressList(text)).toEqual(addresses)
})
