import type { Logger } from '@kptv/logging'
import type { RequestHandler } from 'express'

/** One debug line per finished request. Only the path is shown: it holds ids and names, never an address of a provider. */
export function requestLog(logger: Logger): RequestHandler {
  return (request, response, next) => {
    const startedAt = performance.now()
    response.on('close', () => {
      const durationMs = Math.round(performance.now() - startedAt)
      logger.debug(
        { method: request.method, path: request.path.slice(0, 512), status: response.statusCode, durationMs },
        'request',
      )
    })
    next()
  }
}
