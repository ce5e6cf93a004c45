import type { ImportsAnswer } from '@kptv/contract'
import type { RequestHandler } from 'express'
import { sendError } from '../../http/error-response.ts'

/** `GET /api/imports`: why a list may still be empty. Without names: anyone may ask. */
export function importsRoute(read: () => Promise<ImportsAnswer>): RequestHandler {
  return async (_request, response) => {
    try {
      response.set('Cache-Control', 'no-store').json(await read())
    } catch {
      sendError(response, 'coordination-unavailable')
    }
  }
}
