import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Request, Response } from 'express'

const PIECE_LENGTH = 32 * 1024
/** A client that reads nothing for this long is cut. */
const STALLED_MS = 60_000

/** Sends a JSON array while it is being made, no faster than it is read. A cut one is no JSON. */
export async function sendList(request: Request, response: Response, items: AsyncIterable<object>): Promise<void> {
  response.set({
    'Content-Type': 'application/json; charset=utf-8',
    'Cache-Control': 'no-store',
    Vary: 'Accept-Encoding',
  })
  if (request.method === 'HEAD') return void response.end()
  response.setTimeout(STALLED_MS, () => response.destroy())
  const isGzip = request.acceptsEncodings('gzip', 'identity') === 'gzip'
  if (isGzip) response.set('Content-Encoding', 'gzip')
  const text = Readable.from(piecesOf(items), { objectMode: false })
  await pipeline([text, ...(isGzip ? [createGzip()] : []), response])
}

async function* piecesOf(items: AsyncIterable<object>): AsyncGenerator<string> {
  // The first byte goes out before the first page is read: apps wait only seconds for it.
  yield '['
  let piece = ''
  let separator = ''
  for await (const item of items) {
    piece += separator + JSON.stringify(item)
    separator = ','
    if (piece.length < PIECE_LENGTH) continue
    yield piece
    piece = ''
  }
  yield `${piece}]`
}
