import { type ErrorBody, type ErrorCode, errorAnswer } from '@kptv/contract'
import type { Response } from 'express'

/** The error code of a response, if it was an error. */
export function errorCodeOf({ locals }: Response): ErrorCode | undefined {
  return locals.errorCode as ErrorCode | undefined
}

/** Status and header fields of an error where a protocol has its own. */
type ErrorShape = (code: ErrorCode) => {
  readonly status?: number
  readonly fields: Readonly<Record<string, string>>
}

/** If this response becomes an error, it has this shape. */
export function setErrorShape({ locals }: Pick<Response, 'locals'>, shape: ErrorShape): void {
  locals.errorShape = shape
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
  const shape = (response.locals.errorShape as ErrorShape | undefined)?.(code)
  response
    .set({ 'Cache-Control': 'no-store', ...shape?.fields })
    .status(shape?.status ?? status)
    .json(body)
}
