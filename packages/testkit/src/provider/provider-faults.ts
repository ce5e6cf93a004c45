/**
 * What is wrong with the provider right now. All are off by default, may be combined, and hold for
 * streams that are already open where that makes sense (stall, trickle, null packets, partial
 * packets). Plain data, so that it can be sent to another process.
 */
export type ProviderFaults = {
  /**
   * Everywhere: the port is closed. For an account or channel: the connection is reset after the
   * request.
   */
  readonly refuseConnections?: boolean
  /** Answer with this instead of media. */
  readonly status?: {
    readonly code: number
    readonly retryAfterSeconds?: number
    readonly body?: string
    readonly contentType?: string
  }
  /** Sockets stay open and say nothing. */
  readonly stall?: boolean
  /** At most so many bytes a second, whole packets. */
  readonly trickleBytesPerSecond?: number
  /** The right pace, but nothing except null packets. */
  readonly nullPacketsOnly?: boolean
  /** 200, `video/mp2t`, and a page of HTML. */
  readonly htmlInsteadOfMedia?: boolean
  /**
   * So many 302 answers to addresses with a token before the media. A token dies after its
   * lifetime: 403.
   */
  readonly redirect?: { readonly hops: number; readonly tokenLifetimeMs?: number }
  readonly firstByteDelayMs?: number
  /** Bytes that are no packets before the first packet. */
  readonly junkBytesBeforeSync?: number
  /** Every write is cut off in mid-packet. */
  readonly partialPackets?: boolean
  /** At connect, the last seconds come again, from any packet on. Replaces the burst. */
  readonly replaySeconds?: number
  /** The provider ends the response after this time. */
  readonly closeEveryMs?: number
  readonly playlist?:
    | 'empty'
    | 'html'
    | 'stall'
    | 'gzip-without-header'
    | { readonly truncatedAtPercent: number }
    /** The rest never comes. */
    | { readonly stallsAtPercent: number }
    | { readonly status: number; readonly body?: string }
  /** Answer 304 to a matching If-None-Match. */
  readonly playlistEtag?: boolean
}

/**
 * The scope of a fault: all requests, an account, a channel, a channel of an account, or any of
 * these for one User-Agent.
 */
export type FaultScope = { readonly user?: string; readonly streamId?: string; readonly agent?: string }

export type ProviderFaultBoard = {
  /** Replaces the faults of exactly this scope; `{}` clears them. */
  set(faults: ProviderFaults, scope?: FaultScope): void
  clear(): void
  /** What holds for a request: the general faults, overruled by the more special ones. */
  of(scope: FaultScope): ProviderFaults
}

export function createFaultBoard(): ProviderFaultBoard {
  const byScope = new Map<string, ProviderFaults>()
  const key = (scope: FaultScope) => JSON.stringify([scope.user ?? null, scope.streamId ?? null, scope.agent ?? null])
  return {
    set: (faults, scope = {}) => void byScope.set(key(scope), { ...faults }),
    clear: () => byScope.clear(),
    of: ({ user, streamId, agent }) => {
      const scopes: FaultScope[] = [
        {},
        user ? { user } : {},
        streamId ? { streamId } : {},
        { ...(user && { user }), ...(streamId && { streamId }) },
      ]
      const ofAgent = agent === undefined ? [] : scopes.map((scope) => ({ ...scope, agent }))
      return Object.assign({}, ...[...scopes, ...ofAgent].map((scope) => byScope.get(key(scope))))
    },
  }
}

export function isInScope(
  concerned: { readonly user: string; readonly streamId: string; readonly agent: string | undefined },
  scope: FaultScope,
): boolean {
  return (
    (scope.user ?? concerned.user) === concerned.user &&
    (scope.streamId ?? concerned.streamId) === concerned.streamId &&
    (scope.agent ?? concerned.agent) === concerned.agent
  )
}
