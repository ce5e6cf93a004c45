import type { Request, Response } from 'express'
import { sendError } from '../http/error-response.ts'
import { isKnownTag } from '../http/known-tag.ts'
import { linkTokenIn } from '../http/links.ts'
import { QueueFullError } from './bounded-queue.ts'
import { sendText } from './compressed-text.ts'
import type { RenderedOffer, RenderedText } from './rendered-cache.ts'
import { fillInToken, tagWithToken } from './token-place.ts'

/** A client that reads nothing for this long is cut. */
const STALLED_MS = 60_000

/**
 * `negotiated`: gzip for clients that accept it. `gzip-file`: the bytes of a .gz file, for clients
 * that ask for one.
 */
export type SentAs = 'negotiated' | 'gzip-file'

/**
 * Sends a rendered text; a 304 without rendering to clients that have it already; an error if there
 * is nothing to send.
 */
export async function sendRendered(
  request: Request,
  response: Response,
  find: () => Promise<RenderedOffer | undefined>,
  headers: Readonly<Record<string, string>>,
  sentAs: SentAs = 'negotiated',
): Promise<void> {
  let offer: RenderedOffer | undefined
  let rendered: RenderedText | undefined
  const token = linkTokenIn(response)
  try {
    offer = await find()
    if (offer === undefined || !isKnownTag(request.get('if-none-match'), tagWithToken(offer.etag, token)))
      rendered = await offer?.open()
  } catch (error) {
    return sendError(response, error instanceof QueueFullError ? 'playlist-busy' : 'coordination-unavailable')
  }
  if (offer === undefined) return sendError(response, 'catalog-missing')
  response.set({
    ...headers,
    'Cache-Control': token === undefined ? 'no-cache' : 'private, no-cache',
    Vary: VARY,
    ETag: tagWithToken(rendered?.etag ?? offer.etag, token),
  })
  if (rendered === undefined) response.status(304).end()
  else await send(request, response, rendered, sentAs)
}

const VARY = 'Accept-Encoding, Authorization, Host, X-Forwarded-Host, X-Forwarded-Proto, Forwarded'

async function send(request: Request, response: Response, { text }: RenderedText, sentAs: SentAs): Promise<void> {
  const isGzip = sentAs === 'gzip-file' || request.acceptsEncodings('gzip', 'identity') === 'gzip'
  if (isGzip && sentAs === 'negotiated') response.set('Content-Encoding', 'gzip')
  const token = linkTokenIn(response)
  // While it is rendered, and with a token in it, its length is known only when it has been sent.
  const size = token === undefined ? text.size : undefined
  if (size !== undefined) response.set('Content-Length', String(isGzip ? size.gzip : size.plain))
  if (request.method === 'HEAD') return void response.end()
  response.setTimeout(STALLED_MS, () => response.destroy())
  if (token === undefined) await sendText(text, response, isGzip ? 'gzip' : 'plain')
  else await sendText(text, response, isGzip ? 'gzip' : 'plain', fillInToken(token))
}
