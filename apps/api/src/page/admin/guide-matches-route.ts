import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ChannelGuides } from '@kptv/contract'
import type { RequestHandler } from 'express'
import { sendError } from '../../http/error-response.ts'

/** Length of text that is handed over at once. */
const PIECE_LENGTH = 64 * 1024

/**
 * `GET /admin/guide/matches`: every channel in the order of the playlist, one JSON object a line,
 * with the guides that know it; with `?missing=true` those that no guide knows.
 */
export function guideMatchesRoute(matches: () => AsyncIterable<ChannelGuides>): RequestHandler {
  return async ({ query }, response) => {
    const lines = linesOf(matches(), query.missing === 'true')
    try {
      const first = await lines.next()
      response.set({ 'Cache-Control': 'no-store', 'Content-Type': 'application/x-ndjson; charset=utf-8' })
      if (first.done) return void response.end()
      response.write(first.value)
    } catch {
      return sendError(response, 'coordination-unavailable')
    }
    // A cut-off answer shows the client that something is missing.
    await pipeline(Readable.from(lines, { objectMode: false }), response).catch(() => response.destroy())
  }
}

async function* linesOf(channels: AsyncIterable<ChannelGuides>, isMissing: boolean): AsyncGenerator<string> {
  let piece = ''
  for await (const channel of channels) {
    if (isMissing && channel.guides.length > 0) continue
    piece += `${JSON.stringify(channel)}\n`
    if (piece.length < PIECE_LENGTH) continue
    yield piece
    piece = ''
  }
  if (piece !== '') yield piece
}
