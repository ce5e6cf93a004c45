import type { ErrorCode } from '@kptv/contract'
import type { Logger } from '@kptv/logging'
import type { RequestHandler } from 'express'
import { errorCodeOf } from './error-response.ts'

/**
 * One debug line per finished request. Only the path is shown, as the routes saw it: it holds ids
 * and names, never an address of a provider, and the login of a user was taken out of it.
 *
 * @param onError called for a request that got an error
 */
export function requestLog(logger: Logger, onError?: (code: ErrorCode) => void): RequestHandler {
  return (request, response, next) => {
    const startedAtMs = performance.now()
    response.on('close', () => {
      const path = request.path.slice(0, 512)
      const durationMs = Math.round(performance.now() - startedAtMs)
      const code = errorCodeOf(response)
      logger.debug({ method: request.method, path, status: response.statusCode, code, durationMs }, 'request')
      if (code !== undefined) onError?.(code)
    })
    next()
  }
}
