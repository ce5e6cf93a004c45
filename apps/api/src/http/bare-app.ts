import type { ErrorCode } from '@kptv/contract'
import type { Logger } from '@kptv/logging'
import express, { type ErrorRequestHandler, type Express } from 'express'
import { sendError } from './error-response.ts'
import { refuseTwoHosts } from './host-names.ts'
import { requestLog } from './request-log.ts'

/**
 * The common base of both ports, before their routes: bodies are not parsed, queries are flat.
 *
 * @param onError called once for each request that was answered with an error
 */
export function createBareApp(logger: Logger, onError?: (code: ErrorCode) => void): Express {
  const app = express()
  app.disable('x-powered-by')
  app.set('etag', false)
  app.set('query parser', 'simple')
  app.use(requestLog(logger, onError))
  app.use((_request, response, next) => {
    response.set('X-Content-Type-Options', 'nosniff')
    next()
  })
  app.use(refuseTwoHosts)
  return app
}

/**
 * … and after them: a request without a response so far gets a clean error.
 *
 * @param methods of the port; any other gets a 405
 */
export function answerTheRest(app: Express, methods: readonly string[], logger: Logger): Express {
  app.use((request, response) => {
    if (methods.includes(request.method)) return sendError(response, 'not-found')
    response.set({ Allow: methods.join(', '), Connection: 'close' })
    sendError(response, 'method-not-allowed')
  })
  app.use(answerFailure(logger))
  return app
}

function answerFailure(logger: Logger): ErrorRequestHandler {
  // Express recognises an error handler by its four parameters.
  return (error, _request, response, _next) => {
    // Express marks faults of the request (such as a malformed escape) with a 4xx status.
    if (error.status >= 400 && error.status < 500) return sendError(response, 'bad-request')
    logger.error({ error }, 'request failed')
    sendError(response, 'internal-error')
  }
}
