import type { Response } from 'express'

type ErrorAnswer = {
  readonly status: number
  readonly message: string
  /** Seconds; sent as Retry-After where coming back makes sense. */
  readonly retryAfter?: number
}

/**
 * Every error that the public port answers with: `{ "error": <code>, "message": … }`. The codes are part of the contract;
 * `docs/errors.md` lists them and a test holds both together.
 */
export const ERROR_ANSWERS = {
  'bad-request': { status: 400, message: 'The address is not well-formed.' },
  'foreign-page': { status: 403, message: 'A page of somebody else has sent this: it is not done.' },
  'not-found': { status: 404, message: 'There is nothing at this address.' },
  'unknown-channel': { status: 404, message: 'No source has this channel.' },
  'unknown-source': { status: 404, message: 'No source has this id or name.' },
  'method-not-allowed': { status: 405, message: 'This method is not answered here.' },
  'nothing-put-aside': { status: 409, message: 'No list of this source is put aside, or its time is over.' },
  'too-many-requests': { status: 429, message: 'Too many requests from this address.', retryAfter: 10 },
  'internal-error': { status: 500, message: 'The request failed; the log of this node says why.' },
  'no-playable-stream': { status: 502, message: 'No source has a stream of this channel that can be played.' },
  loop: { status: 508, message: 'This proxy asks itself for the channel: a list points back at it.' },
  'playlist-busy': {
    status: 503,
    message: 'Too many different playlists are asked for at once.',
    retryAfter: 10,
  },
  'catalog-missing': { status: 503, message: 'There is no catalogue yet: an import is under way.', retryAfter: 5 },
  'coordination-unavailable': {
    status: 503,
    message: 'Redis does not answer, so nothing new is started.',
    retryAfter: 5,
  },
  draining: { status: 503, message: 'This node is about to stop.', retryAfter: 1 },
  'node-full': { status: 503, message: 'This node holds as many channels as its memory allows.', retryAfter: 10 },
  'sources-full': {
    status: 503,
    message: 'All connections that the sources of this channel allow are in use.',
    retryAfter: 10,
  },
  'sources-resting': {
    status: 503,
    message: 'The providers of this channel refuse it at the moment, and are left alone for a while.',
    retryAfter: 30,
  },
  'streams-blocked': {
    status: 503,
    message: 'All streams of this channel failed too often and rest now.',
    retryAfter: 30,
  },
  'streams-failing': { status: 503, message: 'All streams of this channel are failing.', retryAfter: 10 },
} as const satisfies Record<string, ErrorAnswer>

export type ErrorCode = keyof typeof ERROR_ANSWERS

/** Answers with an error, unless the response has begun: then it can only be cut. */
export function sendError(response: Response, code: ErrorCode): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const { status, message, retryAfter }: ErrorAnswer = ERROR_ANSWERS[code]
  if (retryAfter !== undefined) response.set('Retry-After', String(retryAfter))
  response.set('Cache-Control', 'no-store').status(status).json({ error: code, message })
}
