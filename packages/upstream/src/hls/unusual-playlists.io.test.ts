import { createCipheriv } from 'node:crypto'
import { describe, expect, jest, test } from '@jest/globals'
import { eventually } from '@kptv/testkit'
import { playMedia } from '../../test-support/play-media.ts'
import { master, smallVod, startFiles, toTenths } from '../../test-support/small-vod.ts'
import { reply, startProvider } from '../../test-support/start-provider.ts'

jest.setTimeout(60_000)

/** All of a small VOD has come out, and nothing else. */
const WHOLE = ['hls-finished', 1_500]
const BLOCK_BYTES = 16
const KEY = Buffer.from('0123456789abcdef')

async function playToEnd(url: string) {
  await using player = await playMedia(url)
  await eventually('it ends', () => player.seen.error ?? player.seen.ended, { deadlineMs: 30_000 })
  const { code } = (player.seen.error ?? {}) as { readonly code?: string }
  return [code, toTenths(player.mediaMs())]
}

function encrypt(segment: Buffer, hasPadding: boolean): Buffer {
  const cipher = createCipheriv('aes-128-cbc', KEY, Buffer.alloc(BLOCK_BYTES)).setAutoPadding(hasPadding)
  // Null packets fill the last block where the packager does not.
  const missing = hasPadding ? 0 : (BLOCK_BYTES - (segment.length % BLOCK_BYTES)) % BLOCK_BYTES
  return Buffer.concat([cipher.update(segment), cipher.update(Buffer.alloc(missing, 0xff)), cipher.final()])
}

/** The small VOD, encrypted; `uri` is where its playlist says that the key is. */
function encryptedVod(uri: string, hasPadding = true) {
  const files = smallVod('media', (segment) => encrypt(segment, hasPadding))
  const tag = `#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="${uri}",IV=0x0`
  return files.set('/media.m3u8', String(files.get('/media.m3u8')).replace('#EXTM3U', tag))
}

describe('a key', () => {
  test.each([
    ['in base64', `data:application/octet-stream;base64,${KEY.toString('base64')}`],
    ['in escapes', `data:,${KEY.toString('latin1').replace('a', '%61')}`],
  ])('in the address itself, %s', async (_name, uri) => {
    await using provider = await startFiles(encryptedVod(uri))
    expect(await playToEnd(provider.url('/media.m3u8'))).toEqual(WHOLE)
  })

  test.each(['', '\n', '\r\n'])('that ends with %j', async (end) => {
    const files = encryptedVod('key.bin').set('/key.bin', Buffer.concat([KEY, Buffer.from(end)]))
    await using provider = await startFiles(files)
    expect(await playToEnd(provider.url('/media.m3u8'))).toEqual(WHOLE)
  })

  test('of segments that were encrypted without padding', async () => {
    await using provider = await startFiles(encryptedVod('key.bin', false).set('/key.bin', KEY))
    expect(await playToEnd(provider.url('/media.m3u8'))).toEqual(WHOLE)
  })

  test('that is wrong yields no media', async () => {
    await using provider = await startFiles(encryptedVod('key.bin').set('/key.bin', Buffer.alloc(BLOCK_BYTES)))
    expect(await playToEnd(provider.url('/media.m3u8'))).toEqual(['hls-segments-missing', 0])
  })
})

test('a playlist in the address itself', async () => {
  await using provider = await startFiles(smallVod('media'))
  const text = String(smallVod('media').get('/media.m3u8')).replaceAll(/^media/gm, provider.url('/media'))
  const uri = `data:application/vnd.apple.mpegurl;base64,${Buffer.from(text).toString('base64')}`
  await using first = await startFiles(new Map([['/x', master([1, uri])]]))
  expect(await playToEnd(first.url('/x'))).toEqual(WHOLE)
})

test.each([
  ['203 Non-Authoritative Information', []],
  ['206 Partial Content', []],
  ['206 Partial Content', ['Content-Range: bytes 0-1/2']],
])('segments and playlists that come with %s', async (status, headers) => {
  const files = smallVod('media')
  await using provider = await startProvider(({ path }, socket) => reply(socket, status, files.get(path), headers))
  expect(await playToEnd(provider.url('/media.m3u8'))).toEqual(WHOLE)
})

test('a part other than the beginning is not a segment', async () => {
  const files = smallVod('media')
  await using provider = await startProvider(({ path }, socket) =>
    path.endsWith('.ts')
      ? reply(socket, '206 Partial Content', files.get(path), ['Content-Range: bytes 188-999/1000'])
      : reply(socket, '200 OK', files.get(path)),
  )
  expect(await playToEnd(provider.url('/media.m3u8'))).toEqual(['hls-segments-missing', 0])
})
