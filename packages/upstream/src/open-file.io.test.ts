import { expect, test } from '@jest/globals'
import { collect, failureOf, requestOptions } from '../test-support/requests.ts'
import { reply, startProvider } from '../test-support/start-provider.ts'
import { openFile } from './open-file.ts'

const BYTES = Buffer.from('not an index, but a file')

test('the range and its condition are sent, and nothing asks for compression', async () => {
  await using provider = await startProvider((_request, socket) =>
    reply(socket, '206 Partial Content', BYTES, ['Content-Type: video/mp4', 'Content-Range: bytes 5-28/100']),
  )
  const part = { range: 'bytes=5-28', ifRange: '"a"' }
  const file = await openFile({ ...requestOptions(), url: provider.url('/1.mp4'), ...part })
  expect([file.status, file.headers['content-range']]).toEqual([206, 'bytes 5-28/100'])
  expect(await collect(file.body)).toEqual(BYTES)
  await file.close()
  expect(provider.requests[0]?.lines).toEqual(
    expect.arrayContaining(['Range: bytes=5-28', 'If-Range: "a"', 'Accept-Encoding: identity']),
  )
})

test.each<[string, string, string[], number]>([
  ['a file', '200 OK', ['Content-Type: video/mp4'], 200],
  ['a file of an unknown type', '200 OK', ['Content-Type: text/plain'], 200],
  ['a file without a type', '200 OK', [], 200],
  ['no such range', '416 Range Not Satisfiable', ['Content-Type: text/html', 'Content-Range: bytes */9'], 416],
])('%s is passed on', async (_, status, fields, expected) => {
  await using provider = await startProvider((_request, socket) => reply(socket, status, BYTES, fields))
  const file = await openFile({ ...requestOptions(), url: provider.url('/1.mp4') })
  expect(file.status).toBe(expected)
  await file.close()
})

test.each<[string, string, string[], string]>([
  ['a page', '200 OK', ['Content-Type: text/html; charset=utf-8'], 'unexpected-answer'],
  ['an error as JSON', '200 OK', ['Content-Type: application/json'], 'unexpected-answer'],
  ['nothing', '200 OK', ['Content-Length: 0'], 'unexpected-answer'],
  ['no content', '204 No Content', [], 'unexpected-answer'],
  ['a missing file', '404 Not Found', [], 'not-found'],
  ['a refusal', '403 Forbidden', [], 'forbidden'],
])('%s is a failure, and leaves no socket', async (_, status, fields, code) => {
  const body = fields.some((field) => field.startsWith('Content-Length')) ? Buffer.alloc(0) : BYTES
  await using provider = await startProvider((_request, socket) => reply(socket, status, body, fields))
  expect(await failureOf(openFile({ ...requestOptions(), url: provider.url('/1.mp4') }))).toMatchObject({ code })
})
