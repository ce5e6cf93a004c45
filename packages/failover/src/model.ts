/** The data of the failover decisions. Plain data: no clock, no I/O, no randomness. */

/**
 * A stream of the channel as the machine sees it: its place in the list is its preference, best
 * first.
 */
export type Candidate = {
  readonly streamId: string
  /** The account whose connections it uses. */
  readonly accountId: string
}

/**
 * Why an attempt did not bring media, or stopped bringing it.
 * - `passing`: may work in a moment (stall, 5xx, cut in the middle)
 * - `unreached`: nothing was heard of the provider (no route, no name, no connection, reset before
 *   an answer); the node's own route may be the reason, so it says nothing about the stream until
 *   another node has met it
 * - `ended`: the provider closed a healthy stream; providers recycle connections, so the same
 *   stream comes first again
 * - `busy`: the provider says that its limit is reached
 * - `denied`: login, address or agent refused
 * - `gone`: the stream no longer exists; trying again is useless
 * - `unplayable`: we cannot play the answer, or it does not match what viewers already get
 * - `finished`: it has been played to its end, and would only start again: VOD
 * - `withdrawn`: we had to stop (the slot was lost); says nothing
 */
export type FailureKind =
  | 'passing'
  | 'unreached'
  | 'ended'
  | 'busy'
  | 'denied'
  | 'gone'
  | 'unplayable'
  | 'finished'
  | 'withdrawn'

export type Failure = {
  readonly kind: FailureKind
  /** Stable machine code for logs and metrics, such as `not-found` or `stalled`. */
  readonly code: string
  /** How long the provider asks us to stay away, if it does. */
  readonly retryAfterMs?: number | undefined
}

/**
 * One try to play one stream. Numbers only grow within a session: an event that names an older one
 * is late and ignored.
 */
export type Attempt = {
  readonly number: number
  /** Index into the candidates. */
  readonly stream: number
}

/** How long a request waits for a slot before it is rejected with a time to retry. */
export const SLOT_WAIT_MS = 12_000

/**
 * Why a candidate is passed over in a round, and the public code of the error contract with which
 * the session ends if nothing else is left.
 * - `full`: a slot may come free at any moment; or its provider says that the limit is reached
 * - `resting`: its account is left alone for longer than a viewer waits
 * - `blocked`: it failed too often, on any node
 * - `quarantined`: edge processes have died of it, so the session does not wait for it
 * - `unavailable`: Redis does not answer
 */
export const SKIP_ENDS = {
  full: 'sources-full',
  resting: 'sources-resting',
  blocked: 'streams-blocked',
  quarantined: 'streams-quarantined',
  unavailable: 'coordination-unavailable',
} as const

export type Skip = keyof typeof SKIP_ENDS

/** Why no stream can be played: a public code of the error contract. */
export type DeadEnd = (typeof SKIP_ENDS)[Skip] | 'streams-failing' | 'no-playable-stream'

/**
 * Why a session is over: no viewer is left, the node stops, a session of higher priority took its
 * slot, or no stream can be played.
 */
export type EndReason = 'idle' | 'stopped' | 'outranked' | DeadEnd

export type FailoverLimits = {
  /** Attempts per stream in one bout of failures (setting MAX_RETRIES). */
  readonly maxRetries: number
  /**
   * A stream that played this long was stable: its end starts a new bout with all tries forgiven.
   * Milliseconds.
   */
  readonly stableMs: number
  /**
   * While all streams fail, viewers that have had media are kept on a slate for as long as they
   * watch (setting SLATE).
   */
  readonly slate?: boolean
}
