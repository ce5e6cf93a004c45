import type { Socket } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import { createSelfSignedCertificate, createTransportStreamMaker, eventually } from '@kptv/testkit'
import { requestOptions } from '../test-support/requests.ts'
import { startProvider } from '../test-support/start-provider.ts'
import { openMedia } from './open-media.ts'
import { NEW_INPUT, type OpenedStream } from './open-stream.ts'

let opened: OpenedStream | undefined

afterEach(async () => {
  await opened?.close()
})

const media = createTransportStreamMaker().next(4_000)
const PIECE_BYTES = 20_001

/** Opens the response of a provider with these header lines; the test sends the pieces. */
async function open(headers: readonly string[], { frame = (piece: Buffer) => [piece], tls = false } = {}) {
  let socket: Socket | undefined
  const provider = await startProvider(
    (_request, to) => {
      socket = to
      to.write(['HTTP/1.1 200 OK', 'Content-Type: video/mp2t', ...headers, '', ''].join('\r\n'))
      send(0, 1)
    },
    tls ? { tls: createSelfSignedCertificate() } : {},
  )
  const send = (from: number, to: number): void => {
    for (let at = from; at < to; at += 1) {
      for (const part of frame(media.subarray(at * PIECE_BYTES, (at + 1) * PIECE_BYTES))) socket!.write(part)
    }
  }
  const variants = { variantLimits: {}, ffmpeg: undefined, tls: tls ? ('insecure' as const) : undefined }
  const stream = await openMedia({ ...requestOptions(), ...variants, url: provider.url('/1.ts') })
  opened = stream
  const seen = { pieces: [] as Buffer[], bytes: 0, directBytes: 0, error: undefined as unknown, isEnded: false }
  const take = (piece: Buffer): void => {
    // As their reader may once it has taken them.
    seen.pieces.push(Buffer.from(piece))
    seen.bytes += piece.length
  }
  stream.body.on('data', (piece) => {
    if (piece !== NEW_INPUT) take(piece)
  })
  stream.body.on('error', (error) => {
    seen.error = error
  })
  stream.body.on('end', () => {
    seen.isEnded = true
  })
  stream.divert?.((bytes, roomBytes) => {
    take(bytes)
    seen.directBytes += bytes.length
    Buffer.from(bytes.buffer, bytes.byteOffset - roomBytes, roomBytes + bytes.length).fill(0)
  })
  const has = (pieces: number) => eventually('it has come', () => seen.bytes === pieces * PIECE_BYTES)
  return { provider, socket: () => socket!, seen, send, has, all: () => Buffer.concat(seen.pieces) }
}

test.each([
  ['over plain HTTP', false],
  ['over HTTPS', true],
])('a body without length is read straight from the socket, in order and to its end, %s', async (_, tls) => {
  const { provider, socket, seen, send, has, all } = await open(['Connection: close'], { tls })
  await has(1)
  for (let pieces = 1; pieces < 20; pieces += 1) {
    send(pieces, pieces + 1)
    if (pieces % 3 === 0) await has(pieces + 1)
  }
  socket().end()
  await eventually('its end is heard', () => seen.isEnded)
  expect(all().equals(media.subarray(0, 20 * PIECE_BYTES))).toBe(true)
  expect(seen.directBytes).toBeGreaterThan(10 * PIECE_BYTES)
  await provider[Symbol.asyncDispose]()
})

test('a broken connection counts as cut off', async () => {
  const { provider, socket, seen, send, has } = await open(['Connection: close'])
  await has(1)
  send(1, 4)
  await has(4)
  socket().resetAndDestroy()
  await eventually('it fails', () => seen.error)
  expect(seen.error).toMatchObject({ code: 'cut-off' })
  await provider[Symbol.asyncDispose]()
})

test.each([
  ['a length', [`Content-Length: ${10 * PIECE_BYTES}`], undefined],
  [
    'chunks',
    ['Transfer-Encoding: chunked'],
    (piece: Buffer) => [Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')],
  ],
])('a body with %s goes through the parser', async (_, headers, frame) => {
  const { provider, seen, send, has, all } = await open(headers, frame && { frame })
  await has(1)
  for (let pieces = 1; pieces < 10; pieces += 1) {
    send(pieces, pieces + 1)
    await has(pieces + 1)
  }
  expect(all().equals(media.subarray(0, 10 * PIECE_BYTES))).toBe(true)
  expect(seen.directBytes).toBe(0)
  await provider[Symbol.asyncDispose]()
})
