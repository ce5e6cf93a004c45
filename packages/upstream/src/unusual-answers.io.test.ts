import { brotliCompressSync, createGzip, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, jest, test } from '@jest/globals'
import { createTransportStreamMaker, eventually } from '@kptv/testkit'
import { playMedia } from '../test-support/play-media.ts'
import { collect, failureOf, listRequest, requestOptions } from '../test-support/requests.ts'
import { smallVod, startFiles, toTenths } from '../test-support/small-vod.ts'
import { type AnswerRequest, reply, startProvider } from '../test-support/start-provider.ts'
import { fetchPlaylist } from './fetch-playlist.ts'
import { openMedia } from './open-media.ts'

jest.setTimeout(60_000)

const LIST = '#EXTM3U\n#EXTINF:-1,One\nhttp://tv.example/live/u/p/1.ts\n'
const MEDIA_MS = 1_500
const stream = createTransportStreamMaker().next(MEDIA_MS)

/** Whether what comes out is just the stream. */
async function isStream(answer: AnswerRequest): Promise<boolean> {
  await using provider = await startProvider(answer)
  const request = { ...requestOptions(), url: provider.url('/'), variantLimits: {}, ffmpeg: undefined }
  const opened = await openMedia(request)
  const received = await collect(opened.body)
  await opened.close()
  return received.equals(stream)
}

const serve =
  (status: string, body: string | Buffer, ...headers: string[]): AnswerRequest =>
  (_request, socket) =>
    reply(socket, status, body, headers)

/** The text, or why there is none. */
async function listFrom(answer: AnswerRequest): Promise<string> {
  await using provider = await startProvider(answer)
  const attempt = (async () => {
    const fetched = await fetchPlaylist(listRequest(provider.url('/')))
    return fetched.outcome === 'body' ? String(await collect(fetched.chunks)) : fetched.outcome
  })()
  return await attempt.catch(async () => (await failureOf(attempt)).code)
}

describe('any success with a body is an answer', () => {
  test.each<[string, ...string[]]>([
    ['201 Created'],
    ['202 Accepted'],
    ['203 Non-Authoritative Information'],
    ['206 Partial Content'],
    ['206 Partial Content', `Content-Range: bytes 0-${stream.length - 1}/*`],
    ['299 Fine'],
  ])('%s for a stream', async (status, ...headers) => {
    expect(await isStream(serve(status, stream, ...headers))).toBe(true)
  })

  test.each([
    ['203 Non-Authoritative Information', [], LIST],
    ['206 Partial Content', [`Content-Range: bytes 0-${LIST.length - 1}/${LIST.length}`], LIST],
    ['206 Partial Content', [`Content-Range: bytes 0-9/${LIST.length}`], 'partial-answer'],
    ['206 Partial Content', [], 'partial-answer'],
    ['204 No Content', [], 'empty-answer'],
  ])('%s for a list: %j', async (status, headers, result) => {
    expect(await listFrom(serve(status, LIST, ...headers))).toBe(result)
  })
})

const PACKINGS: ReadonlyArray<[string, (bytes: string | Buffer) => Buffer, string]> = [
  ['gzip', gzipSync, 'gzip'],
  ['gzip', gzipSync, 'X-GZIP'],
  ['zlib', deflateSync, 'deflate'],
  ['raw deflate', deflateRawSync, 'deflate'],
  ['brotli', brotliCompressSync, 'br'],
  ['zstd', zstdCompressSync, 'zstd'],
]

describe('a body that is compressed without request', () => {
  test.each(PACKINGS)('a stream as %s', async (_name, pack, encoding) => {
    expect(await isStream(serve('200 OK', pack(stream), `Content-Encoding: ${encoding}`))).toBe(true)
  })

  test.each(PACKINGS)('a list as %s', async (_name, pack, encoding) => {
    expect(await listFrom(serve('200 OK', pack(LIST), `Content-Encoding: ${encoding}`))).toBe(LIST)
  })

  test.each(PACKINGS)('playlists and segments as %s', async (_name, pack, encoding) => {
    const files = new Map([...smallVod('media')].map(([path, body]) => [path, pack(body)]))
    await using provider = await startFiles(files, undefined, () => [`Content-Encoding: ${encoding}`])
    await using player = await playMedia(provider.url('/media.m3u8'))
    await eventually('it ends', () => player.seen.error, { deadlineMs: 30_000 })
    expect([player.seen.error, toTenths(player.mediaMs())]).toMatchObject([{ code: 'hls-finished' }, MEDIA_MS])
  })

  test('twice, as by a server behind another one', async () => {
    const twice = (bytes: string | Buffer): Buffer => gzipSync(gzipSync(bytes))
    expect(await isStream(serve('200 OK', twice(stream), 'Content-Encoding: gzip, gzip'))).toBe(true)
    expect(await listFrom(serve('200 OK', twice(LIST), 'Content-Encoding: gzip'))).toBe(LIST)
    expect(await listFrom(serve('200 OK', twice(Buffer.alloc(64 * 1024 ** 2))))).toBe('inflates-too-much')
  })

  test.each(['gzip', 'deflate', 'br', 'zstd'])('a stream that is only called %s is left alone', async (encoding) => {
    expect(await isStream(serve('200 OK', stream, `Content-Encoding: ${encoding}`))).toBe(true)
  })

  test('a live stream is decompressed as it arrives', async () => {
    await using provider = await startProvider((_request, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n')
      const packer = createGzip()
      packer.pipe(socket)
      packer.write(stream)
      // The connection stays open, and nothing more is sent.
      packer.flush()
    })
    const request = { ...requestOptions(), url: provider.url('/'), variantLimits: {}, ffmpeg: undefined }
    const opened = await openMedia(request)
    let bytes = 0
    for await (const piece of opened.body) {
      bytes += (piece as Buffer).length
      if (bytes >= stream.length) break
    }
    expect(bytes).toBe(stream.length)
    await opened.close()
  })

  test.each(PACKINGS)('a broken one ends with a reason: %s', async (_name, pack, encoding) => {
    const broken = pack(LIST.repeat(1_000))
    broken.fill(0xa5, 20, broken.length - 4)
    const code = await listFrom(serve('200 OK', broken, `Content-Encoding: ${encoding}`))
    expect(['broken-gzip', 'cut-off', 'unsupported-encoding', 'inflates-too-much']).toContain(code)
  })

  test.each(PACKINGS)('a bomb is stopped: %s', async (_name, pack, encoding) => {
    const bomb = pack(Buffer.alloc(8 * 1024 ** 2, 0x20))
    expect(await listFrom(serve('200 OK', bomb, `Content-Encoding: ${encoding}`))).toBe('inflates-too-much')
  })
})

test('metadata of a radio that was not requested is removed', async () => {
  const interval = 8_000
  const sent: Buffer[] = []
  for (let at = 0; at < stream.length; at += interval) {
    const media = stream.subarray(at, at + interval)
    sent.push(media)
    if (media.length === interval) sent.push(Buffer.from([2]), Buffer.alloc(32, "StreamTitle='G';"))
  }
  expect(await isStream(serve('200 OK', Buffer.concat(sent), `icy-metaint: ${interval}`))).toBe(true)
})

test.each(['300 Multiple Choices', '305 Use Proxy', '308 Permanent Redirect'])('%s leads on', async (status) => {
  const answer: AnswerRequest = ({ path }, socket) =>
    path === '/' ? reply(socket, status, '', ['Location: /x']) : reply(socket, '200 OK', stream)
  expect(await isStream(answer)).toBe(true)
})

test.each(['205 Reset Content', '300 Multiple Choices', '302 Found', '399 Whatever'])(
  '%s with media in place of an address is the media',
  async (status) => {
    expect(await isStream(serve(status, stream, 'Content-Type: video/mp2t'))).toBe(true)
    expect(await listFrom(serve(status, LIST, 'Content-Type: audio/x-mpegurl'))).toBe(LIST)
    expect(await listFrom(serve(status, '<html>moved</html>', 'Content-Type: text/html'))).not.toContain('html')
  },
)
