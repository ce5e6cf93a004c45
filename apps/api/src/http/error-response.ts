import { type ErrorBody, type ErrorCode, errorAnswer } from '@kptv/contract'
import type { Response } from 'express'

/** The error code of a response, if it was an error. */
export function errorCodeOf({ locals }: Response): ErrorCode | undefined {
  return locals.errorCode as ErrorCode | undefined
}

/** Sends an error, unless the response has begun: then it can only be cut. */
export function sendError(response: Response, code: ErrorCode): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  response.locals.errorCode = code
  const { status, message, retryAfter } = errorAnswer(code)
  if (retryAfter !== undefined) response.set('Retry-After', String(retryAfter))
  const body: ErrorBody = { error: code, message }
  response.set('Cache-Control', 'no-store').status(status).json(body)
}
