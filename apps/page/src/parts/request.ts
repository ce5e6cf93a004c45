import type { ErrorBody, ErrorCode } from '@kptv/contract'

/** The server answered with an error, or not at all (`code` undefined, status 0). */
export class RequestError extends Error {
  readonly status: number
  readonly code: ErrorCode | undefined

  constructor(status: number, body: Partial<ErrorBody>) {
    super(body.message ?? '')
    this.status = status
    this.code = body.error
  }
}

/**
 * The answer of the server as JSON. Addresses are relative, so that the page works below any path.
 *
 * @throws RequestError
 */
export async function requestJson<Answer>(address: string, options: RequestInit = {}): Promise<Answer> {
  const headers = { Accept: 'application/json', ...options.headers }
  const response = await fetch(address, { ...options, headers }).catch((error: unknown) => {
    if (options.signal?.aborted) throw error
    throw new RequestError(0, {})
  })
  const body: unknown = await response.json().catch(() => ({}))
  if (!response.ok) throw new RequestError(response.status, body as Partial<ErrorBody>)
  return body as Answer
}

/** Sends JSON. Throws RequestError. */
export function postJson<Answer>(address: string, body: object): Promise<Answer> {
  const headers = { 'Content-Type': 'application/json' }
  return requestJson<Answer>(address, { method: 'POST', headers, body: JSON.stringify(body) })
}
