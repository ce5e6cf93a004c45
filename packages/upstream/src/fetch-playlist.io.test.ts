import { inspect } from 'node:util'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { collect, failureOf, listRequest } from '../test-support/requests.ts'
import { type AnswerRequest, reply, startProvider } from '../test-support/start-provider.ts'
import { watchClientSockets } from '../test-support/watch-sockets.ts'
import { type FetchPlaylistRequest, fetchPlaylist } from './fetch-playlist.ts'

const LIST = '#EXTM3U\n#EXTINF:-1,One\nhttp://tv.example/live/u/p/1.ts\n'

/** The whole list, or the failure's code; in both cases no socket may be left. */
async function fetchFrom(answer: AnswerRequest, request: Partial<FetchPlaylistRequest> = {}): Promise<string> {
  using sockets = watchClientSockets()
  await using provider = await startProvider(answer)
  const url = provider.url('/get.php?username=CANARYu&password=CANARYp', 'CANARYu:CANARYp@localhost')
  const attempt = (async () => {
    const fetched = await fetchPlaylist({ ...listRequest(url), ...request })
    return fetched.outcome === 'body' ? String(await collect(fetched.chunks)) : fetched.outcome
  })()
  const text = await attempt.catch(async () => {
    const failure = await failureOf(attempt)
    expect(`${inspect(failure, { depth: 20, showHidden: true })}${failure.stack}`).not.toContain('CANARY')
    return failure.code
  })
  expect(sockets.openNow).toBe(0)
  return text
}

const answerWith =
  (body: string | Buffer, headers: string[] = []): AnswerRequest =>
  (_request, socket) =>
    reply(socket, '200 OK', body, headers)

describe('a list comes as text', () => {
  const gzipped = gzipSync(LIST)
  const half = LIST.length / 2

  test.each<[string, AnswerRequest]>([
    ['as it is', answerWith(LIST)],
    ['with its length', answerWith(LIST, [`Content-Length: ${LIST.length}`])],
    ['gzip, and so called', answerWith(gzipped, ['Content-Encoding: gzip'])],
    ['gzip, and called nothing', answerWith(gzipped)],
    ['gzip, and called text', answerWith(gzipped, ['Content-Type: text/plain', 'Content-Encoding: identity'])],
    ['text, but called gzip', answerWith(LIST, ['Content-Encoding: gzip'])],
    ['text, but called brotli', answerWith(LIST, ['Content-Encoding: br'])],
    ['gzip, called gzip twice', answerWith(gzipped, ['Content-Encoding: gzip, gzip'])],
    ['gzip in gzip', answerWith(gzipSync(gzipped), ['Content-Encoding: gzip, gzip'])],
    ['two members of gzip', answerWith(Buffer.concat([gzipSync(LIST.slice(0, half)), gzipSync(LIST.slice(half))]))],
    ['gzip with garbage behind it', answerWith(Buffer.concat([gzipped, Buffer.from('\0\0garbage')]))],
    [
      'byte by byte',
      (_request, socket) => {
        const bytes = [...gzipped]
        socket.setNoDelay(true)
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        const next = () => {
          if (bytes.length === 0) socket.end()
          else socket.write(Buffer.from(bytes.splice(0, 1)), () => setImmediate(next))
        }
        next()
      },
    ],
  ])('%s', async (_name, answer) => {
    expect(await fetchFrom(answer)).toBe(LIST)
  })

  test('even an empty or very short one', async () => {
    expect(await fetchFrom(answerWith(''))).toBe('')
    expect(await fetchFrom(answerWith('#'))).toBe('#')
    expect(await fetchFrom(answerWith(gzipSync('')))).toBe('')
  })

  test('with its validators and its address after redirects, which are sent back the next time', async () => {
    await using provider = await startProvider(({ path, lines }, socket) => {
      if (path === '/') reply(socket, '302 Found', '', ['Location: /list?token=t'])
      else if (lines.includes('If-None-Match: "v1"')) reply(socket, '304 Not Modified')
      else reply(socket, '200 OK', LIST, ['ETag: "v1"', 'Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT'])
    })
    const first = await fetchPlaylist(listRequest(provider.url('/')))
    if (first.outcome !== 'body') throw new Error('not modified?')
    expect(String(await collect(first.chunks))).toBe(LIST)
    const { etag, lastModified, finalUrl } = first
    expect(finalUrl).toBe(provider.url('/list?token=t'))
    const second = await fetchPlaylist({ ...listRequest(provider.url('/')), etag, lastModified })
    expect(second).toEqual({ outcome: 'not-modified' })
    expect(provider.requests[3]?.lines).toEqual([
      `Host: localhost:${provider.port}`,
      'Accept-Encoding: gzip',
      'If-None-Match: "v1"',
      'If-Modified-Since: Thu, 01 Jan 2026 00:00:00 GMT',
      'Connection: close',
    ])
  })
})

describe('an incomplete list fails', () => {
  const gzipped = gzipSync(LIST)
  const chunkedHalf = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n#EXTM3U\n'

  test.each<[string, AnswerRequest, string]>([
    ['shorter than promised', answerWith(LIST, ['Content-Length: 9999']), 'cut-off'],
    ['longer than promised', answerWith(LIST, ['Content-Length: 20']), 'cut-off'],
    ['chunks without an end', (_request, socket) => void socket.end(chunkedHalf), 'cut-off'],
    ['gzip cut off', answerWith(gzipped.subarray(0, -9)), 'cut-off'],
    ['gzip without its checksum', answerWith(gzipped.subarray(0, -8)), 'cut-off'],
    ['gzip with a bad checksum', answerWith(Buffer.concat([gzipped.subarray(0, -8), Buffer.alloc(8)])), 'broken-gzip'],
    ['gzip that is none', answerWith(Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff])), 'broken-gzip'],
    ['gzip in gzip in gzip', answerWith(gzipSync(gzipSync(gzipped))), 'unsupported-encoding'],
    [
      'brotli by another name',
      answerWith(brotliCompressSync(LIST), ['Content-Encoding: lzma']),
      'unsupported-encoding',
    ],
    ['twenty encodings', answerWith(gzipped, [`Content-Encoding: ${Array(20).fill('gzip')}`]), 'unsupported-encoding'],
    ['a part', (_request, socket) => reply(socket, '206 Partial Content', LIST), 'partial-answer'],
    ['nothing', (_request, socket) => reply(socket, '204 No Content'), 'empty-answer'],
    ['304 without a question', (_request, socket) => reply(socket, '304 Not Modified'), 'unexpected-answer'],
    ['403', (_request, socket) => reply(socket, '403 Forbidden', 'CANARYp'), 'forbidden'],
    ['a loop', (_request, socket) => reply(socket, '302 Found', '', ['Location: /']), 'too-many-redirects'],
    [
      'a way inside',
      (_request, socket) => reply(socket, '302 F', '', ['Location: http://10.0.0.1/']),
      'blocked-address',
    ],
    [
      'a reset',
      (_request, socket) =>
        void socket.write(`HTTP/1.1 200 OK\r\n\r\n${LIST}`, () => setTimeout(() => socket.resetAndDestroy(), 20)),
      'cut-off',
    ],
  ])('%s', async (_name, answer, code) => {
    expect(await fetchFrom(answer)).toBe(code)
  })
})
