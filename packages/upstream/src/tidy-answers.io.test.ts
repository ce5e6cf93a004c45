import { Buffer } from 'node:buffer'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { collect, listRequest, requestOptions } from '../test-support/requests.ts'
import { startProvider } from '../test-support/start-provider.ts'
import { fetchPlaylist } from './fetch-playlist.ts'
import { openAnswer } from './open-stream.ts'
import { createAnswerTidier } from './tidy-answers.ts'

const HELLO = 'hello'
const ok = (...fields: string[]): string => ['HTTP/1.1 200 OK', ...fields, '', ''].join('\r\n')
const CHUNKED = ok('Transfer-Encoding: chunked')

/** Answers that curl and ffmpeg read, and a strict parser does not; the body of each is `hello`. */
const SLOPPY: ReadonlyArray<[string, string]> = [
  [
    'a length beside chunks',
    `${ok('Content-Length: 2147483647', 'Transfer-Encoding: chunked')}5\r\nhello\r\n0\r\n\r\n`,
  ],
  ['lines that end with LF', 'HTTP/1.1 200 OK\nContent-Type: video/mp2t\nConnection: close\n\nhello'],
  ['lines of both kinds', 'HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\nhello'],
  ['ICY', 'ICY 200 OK\r\nicy-name: x\r\nContent-Type: video/mp2t\r\n\r\nhello'],
  ['ICY with LF', 'ICY 200 OK\nicy-name: x\n\nhello'],
  ['another version', 'HTTP/1.2 200 OK\r\n\r\nhello'],
  ['a version without a point', 'HTTP/2 200\r\n\r\nhello'],
  ['no version', 'HTTP 200 OK\r\n\r\nhello'],
  ['a status line in lower case', 'http/1.1 200 ok\r\n\r\nhello'],
  ['two spaces in the status line', 'HTTP/1.1  200  OK\r\n\r\nhello'],
  ['a version with a space', 'HTTP/1. 1 200 OK\r\n\r\nhello'],
  ['a long version', 'HTTP/1.10 200 OK\r\n\r\nhello'],
  ['ICY with a version', 'ICY/1.0 200 OK\r\n\r\nhello'],
  ['a protocol of their own', 'SHOUT 200 OK\r\n\r\nhello'],
  ['a status of four digits', 'HTTP/1.1 0200 OK\r\n\r\nhello'],
  ['a status line without a number', 'HTTP/1.1 OK\r\n\r\nhello'],
  ['a status below all numbers', 'HTTP/1.1 000 OK\r\n\r\nhello'],
  ['a byte order mark in front', '\xef\xbb\xbfHTTP/1.1 200 OK\r\n\r\nhello'],
  ['fields alone', 'Content-Type: video/mp2t\r\n\r\nhello'],
  ['the status as a field', 'Status: 200 OK\r\nContent-Type: video/mp2t\r\n\r\nhello'],
  ['several CR before an LF', 'HTTP/1.1 200 OK\r\r\nA: b\r\r\n\r\r\nhello'],
  ['a switch of protocols', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nhello'],
  ['empty lines in front', '\r\n\n\r\nHTTP/1.1 200 OK\r\n\r\nhello'],
  ['a space in a name', `${ok('Content Type: video/mp2t')}hello`],
  ['a space before the colon', `${ok('Content-Length : 5')}hello`],
  ['a name outside ASCII', `${ok('X-\xe9: b')}hello`],
  ['a line that is not a field', `${ok('what is this', 'A: b')}hello`],
  ['a field without a name', `${ok(': b')}hello`],
  ['control characters', `${ok('X: a\0b\x01c', 'Y: a\rb')}hello`],
  ['a folded field', `${ok('X: a', ' b', '\tc')}hello`],
  ['the length twice', `${ok('Content-Length: 5', 'Content-Length: 5')}hello`],
  ['the length twice in one field', `${ok('Content-Length: 5, 5')}hello`],
  ['two lengths', `${ok('Content-Length: 5', 'Content-Length: 7')}hello`],
  ['an empty length', `${ok('Content-Length:')}hello`],
  ['a negative length', `${ok('Content-Length: -1')}hello`],
  ['a length beyond all numbers', `${ok(`Content-Length: ${'9'.repeat(40)}`)}hello`],
  ['identity as a transfer coding', `${ok('Transfer-Encoding: identity')}hello`],
  ['chunk lines that end with LF', `${CHUNKED}3\nhel\n2\nlo\n0\n\n`],
  ['spaces behind a chunk size', `${CHUNKED}5  \r\nhello\r\n0 \r\n\r\n`],
  ['a chunk size with its base', `${CHUNKED}0x5\r\nhello\r\n0x0\r\n\r\n`],
  ['another coding beside chunks', `${ok('Transfer-Encoding: chunked, identity')}5\r\nhello\r\n0\r\n\r\n`],
  [
    'codings in two fields',
    `${ok('Transfer-Encoding: chunked', 'Transfer-Encoding: identity')}5\r\nhello\r\n0\r\n\r\n`,
  ],
  ['an extension of a chunk', `${CHUNKED}5;a="b"\r\nhello\r\n0;x\r\n\r\n`],
  ['words behind a chunk size', `${CHUNKED}5 bytes\r\nhello\r\n0 end\r\n\r\n`],
  ['a chunk size with many zeros', `${CHUNKED}00000000000000000005\r\nhello\r\n000\r\n\r\n`],
  ['no line break after the last chunk', `${CHUNKED}5\r\nhello\r\n0\r\n`],
  ['a trailer with LF', `${CHUNKED}5\r\nhello\r\n0\nA: b\n\n`],
  ['bytes behind the last chunk', `${CHUNKED}5\r\nhello\r\n0\r\n\r\nand more`],
  ['several answers of HTTP/1.0 in front', `${'HTTP/1.0 102 Processing\n\n'.repeat(3)}${ok()}hello`],
  ['another answer in front', `HTTP/1.1 100 Continue\n\n${ok('Content-Length: 5')}hello`],
]

describe('a stream and a list get through', () => {
  test.each(SLOPPY)('%s', async (_name, answer) => {
    await using provider = await startProvider((_request, socket) => void socket.end(answer, 'latin1'))
    const stream = await openAnswer({ ...requestOptions(), url: provider.url('/') })
    expect(String(await collect(stream.body))).toBe(HELLO)
    await stream.closed

    const fetched = await fetchPlaylist(listRequest(provider.url('/')))
    expect(fetched.outcome === 'body' && String(await collect(fetched.chunks))).toBe(HELLO)
    expect(provider.connections).toBe(2)
  })
})

test.each([
  ['a page by its status line', 'Status: 404 Not Found\r\n\r\n<html>', 'not-found'],
  ['a refusal in odd words', 'SHOUT 403 Forbidden\r\n\r\n', 'forbidden'],
])('a failure remains one: %s', async (_name, answer, code) => {
  await using provider = await startProvider((_request, socket) => void socket.end(answer))
  await expect(openAnswer({ ...requestOptions(), url: provider.url('/') })).rejects.toMatchObject({ code })
})

const tidied = (pieces: readonly Buffer[]): string => {
  const tidier = createAnswerTidier()
  const out = pieces.flatMap((piece) => tidier.push(piece))
  return Buffer.concat([...out, tidier.end()]).toString('latin1')
}

test('bytes past the announced length are dropped; the list may be longer, so it is incomplete', async () => {
  const answer = `${ok('Content-Length: 5')}hello and more`
  await using provider = await startProvider((_request, socket) => void socket.end(answer))
  const stream = await openAnswer({ ...requestOptions(), url: provider.url('/') })
  expect(String(await collect(stream.body))).toBe(HELLO)
  const fetched = await fetchPlaylist(listRequest(provider.url('/')))
  const read = fetched.outcome === 'body' ? collect(fetched.chunks) : Promise.resolve()
  await expect(read).rejects.toMatchObject({ code: 'cut-off' })
})

test.each(SLOPPY)('%s: the same however the bytes are cut', (_name, answer) => {
  const bytes = Buffer.from(answer, 'latin1')
  const whole = tidied([bytes])
  expect(tidied(Array.from(bytes, (byte) => Buffer.from([byte])))).toBe(whole)
})

test("a strict server's answer keeps its fields, and its body byte for byte", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), fc.array(fc.nat(2_200)), (content, cuts) => {
      const header = ok('Content-Type: video/mp2t', `Content-Length: ${content.length}`)
      const bytes = Buffer.concat([Buffer.from(header), content])
      const places = [0, ...cuts, bytes.length].map((at) => Math.min(at, bytes.length)).sort((a, b) => a - b)
      const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end))
      expect(tidied(pieces)).toBe(bytes.toString('latin1'))
    }),
  )
})

test('interim answers and endless empty lines are not an answer, and cost no more than other bytes', () => {
  expect(tidied([Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'.repeat(10_000))])).not.toContain(' 200 ')
  const line = Buffer.from('\r\n')
  expect(tidied([...Array<Buffer>(100_000).fill(line), Buffer.from(ok())])).toBe(ok())
})

test('never throws, and adds at most a few bytes per chunk', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), fc.constantFrom('', CHUNKED, ok()), (pieces, start) => {
      const bytes = [Buffer.from(start), ...pieces.map((piece) => Buffer.from(piece))]
      const received = bytes.reduce((sum, { length }) => sum + length, 0)
      expect(tidied(bytes).length).toBeLessThanOrEqual(received * 5 + start.length)
    }),
  )
})
