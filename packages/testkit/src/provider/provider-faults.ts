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
  readonly status?: { code: number; retryAfterSeconds?: number; body?: string; contentType?: string }
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
  readonly redirect?: { hops: number; tokenLifetimeMs?: number }
  readonly firstByteDelayMs?: number
  /** Bytes that are no packets before the first packet. */
  readonly junkBytesBeforeSync?: number
  /** Every write is cut off in mid-packet. */
  readonly partialPackets?: boolean
  /** At connect, the last seconds come again, from any packet on. Replaces the burst. */
  readonly replaySeconds?: number
  /** The provider ends the response after so long. */
  readonly closeEveryMs?: number
  playlist?:
    | 'empty'
    | 'html'
    | 'stall'
    | 'gzip-without-header'
    | { truncatedAtPercent: number }
    /** The rest never comes. */
    | { stallsAtPercent: number }
    | { status: number; body?: string }
  /** Answer 304 to a matching If-None-Match. */
  readonly playlistEtag?: boolean
}

/**
 * The scope of a fault: all requests, an account, a channel, a channel of an account, or any of
 * these for one User-Agent.
 */
export type FaultScope = { user?: string; streamId?: string; agent?: string }

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
  concerned: { user: string; streamId: string; agent: string | undefined },
  scope: FaultScope,
): boolean {
  return (
    (scope.user ?? concerned.user) === concerned.user &&
    (scope.streamId ?? concerned.streamId) === concerned.streamId &&
    (scope.agent ?? concerned.agent) === concerned.agent
  )
}
