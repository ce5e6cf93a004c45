import type { RequestHandler } from 'express'
import { sendError } from '../../http/error-response.ts'
import { QueueFullError } from '../../rendered/bounded-queue.ts'
import type { LogoStore } from './logo-store.ts'

const ONE_DAY = 'public, max-age=86400'
/** An SVG that is opened by itself is a document: it may load nothing and run nothing. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

/** `GET /logo/{channel}`: the logo of a channel; 204 if it has none that can be shown. */
export function logoRoute(logos: LogoStore): RequestHandler<{ channel: string }> {
  return async (request, response) => {
    try {
      const logo = await logos.find(request.params.channel)
      response.set('Cache-Control', ONE_DAY)
      if (logo === undefined) return void response.status(204).end()
      response.set({ 'Content-Type': logo.type, 'Content-Security-Policy': POLICY }).send(logo.bytes)
    } catch (error) {
      sendError(response, error instanceof QueueFullError ? 'search-busy' : 'coordination-unavailable')
    }
  }
}
