import type { ErrorCode } from '@kptv/contract'
import type { Skip } from '@kptv/failover'
import type { PlayableStream } from '../providers/playable-streams.ts'

/** A connection to a provider. */
export type DirectConnection = {
  /** Resolves after its socket has closed, whichever side closed it. */
  readonly closed: Promise<void>
  close(): Promise<void>
}

/** What a player has for itself: a VOD, or a part of the past of a channel. */
export type DirectMedia = { readonly channel: string; readonly kind: 'vod' | 'archive' }

export type DirectRequest<Stream extends PlayableStream, Connection> = {
  /** The same in all requests of a player. */
  readonly player: string
  readonly about: DirectMedia
  /** Of its user: a higher one may take the slot over. */
  readonly priority: number
  /** In order of preference. */
  readonly streams: readonly Stream[]
  /**
   * The player continues what it has: only the stream that it had plays, since another one is
   * another file.
   */
  readonly isContinued?: boolean
  /** Rejects if the stream does not play. */
  readonly connect: (stream: Stream, how: ConnectOnce) => Promise<Connection>
  /** The client has left. */
  readonly left: AbortSignal
}

/** `signal`: the client has left, or its next request is here. */
export type ConnectOnce = { readonly signal: AbortSignal; readonly mayConnect: () => boolean }

/** A connection, or why there is none; `left`: nobody waits for it. */
export type DirectAnswer<Connection> = { readonly connection: Connection } | { readonly refused: ErrorCode | 'left' }

/** Why a request has no connection. */
export type Reason = Skip | 'failing' | 'gone' | 'left'

/** They may pass within seconds: Redis is away, or a provider still counts the last connection. */
const PASSING: ReadonlySet<Reason> = new Set(['unavailable', 'failing', 'resting'])

/**
 * Whether another try makes sense in a moment. A player that continues gives up what it plays for
 * good when it is refused; a new one may be told at once that streams fail.
 */
export function maySoonWork(because: Reason, { isContinued = false }: { readonly isContinued?: boolean }): boolean {
  return because === 'unavailable' || (isContinued && PASSING.has(because))
}

export const REFUSALS: Readonly<Record<Reason, ErrorCode | 'left'>> = {
  full: 'sources-full',
  resting: 'sources-resting',
  blocked: 'streams-blocked',
  quarantined: 'streams-quarantined',
  unavailable: 'coordination-unavailable',
  failing: 'streams-failing',
  gone: 'no-playable-stream',
  left: 'left',
}
