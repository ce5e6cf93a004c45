import { type Clock, every } from '@kptv/clock'
import type { ErrorCode } from '@kptv/contract'
import type { Cluster } from '@kptv/coordination'
import type { Caller } from './caller.ts'
import { type PlayerRequest, PlayerStreams } from './player-streams.ts'

/** A stream that a caller watches. */
type Watched = {
  /** It is over: the client has left. */
  readonly stopped: () => void
}

/** What callers watch through this node, in any output. */
export type Watching = {
  /**
   * One more stream of a caller, within the limit of its user on all nodes.
   *
   * @param end called at most once, when it must end although the client stays
   */
  begin(
    caller: Caller,
    channelId: string,
    end: (reason: ErrorCode) => void,
  ): Promise<Watched | { readonly refused: ErrorCode }>
  /**
   * A request of a player without a connection: all its requests together are one stream, within
   * the limit of its user on all nodes.
   *
   * @returns why it is refused, if it is
   */
  admitPlayer(caller: Caller, request: PlayerRequest): Promise<ErrorCode | undefined>
  /** Streams of a user on all nodes. Throws when Redis does not answer. */
  count(user: string): Promise<number>
}

type Stream = {
  readonly caller: Caller
  readonly channelId: string
  readonly end: (reason: ErrorCode) => void
  /** `undefined`: not counted. */
  leaseId: string | undefined
}

type WatchingOptions = {
  readonly users: { readonly onChange: (listener: () => void) => void }
  readonly streams: Pick<Cluster['userStreams'], 'open' | 'close' | 'onLost' | 'count' | 'keepPlayer'>
  readonly clock: Clock
}

/** Days end, the file may be changed, and a lease that was lost is due again, at any time. */
const CHECK_EVERY_MS = 1_000

/**
 * Counts streams of users, and ends those whose access has ended or whose place another one takes.
 */
export function createWatching({ users, streams, clock }: WatchingOptions): Watching & Disposable {
  const running = new Set<Stream>()
  const players = new PlayerStreams({ streams, monotonicMs: clock.monotonicMs })

  function end(stream: Stream, reason: ErrorCode): void {
    if (running.delete(stream)) stream.end(reason)
  }

  function endRefused(): void {
    for (const stream of running) {
      const reason = stream.caller.refusal()
      if (reason !== undefined) end(stream, reason)
    }
  }

  async function open({ caller: { user, device }, channelId }: Stream): Promise<string | undefined> {
    if (user === undefined) return undefined
    const { name, streams: limit, onLimit } = user
    return streams.open({ user: name.toLowerCase(), limit, channelId, device, onLimit })
  }

  /** Redis has forgotten the lease, or was away: the viewer continues, and is counted again. */
  async function reopen(stream: Stream): Promise<void> {
    const leaseId = await open(stream)
    if (leaseId === undefined) return end(stream, 'user-limit')
    if (running.has(stream) && stream.leaseId === undefined) stream.leaseId = leaseId
    else await streams.close(leaseId)
  }

  function reopenLost(): void {
    for (const stream of running) {
      if (stream.caller.user !== undefined && stream.leaseId === undefined) reopen(stream).catch(() => undefined)
    }
  }

  streams.onLost((leaseIds, isRevoked) => {
    const lost = new Set(leaseIds)
    for (const stream of running) {
      if (stream.leaseId === undefined || !lost.has(stream.leaseId)) continue
      if (isRevoked) end(stream, 'user-limit')
      else {
        void streams.close(stream.leaseId)
        stream.leaseId = undefined
      }
    }
  })
  users.onChange(endRefused)
  const stopChecks = every(clock, CHECK_EVERY_MS, () => {
    endRefused()
    reopenLost()
    players.forgetSilent()
  })

  return {
    async begin(caller, channelId, endOf) {
      const stream: Stream = { caller, channelId, end: endOf, leaseId: undefined }
      if (caller.user !== undefined) {
        try {
          stream.leaseId = await open(stream)
        } catch {
          // Without a limit there is nothing to decide; it is counted once Redis is back.
          if (caller.user.streams !== Number.POSITIVE_INFINITY) return { refused: 'coordination-unavailable' }
        }
        if (stream.leaseId === undefined && caller.user.streams !== Number.POSITIVE_INFINITY)
          return { refused: 'user-limit' }
      }
      running.add(stream)
      return {
        stopped() {
          running.delete(stream)
          if (stream.leaseId !== undefined) void streams.close(stream.leaseId)
          stream.leaseId = undefined
        },
      }
    },

    admitPlayer: (caller, request) => players.admit(caller, request),

    count: (user) => streams.count(user.toLowerCase()),

    [Symbol.dispose]: stopChecks,
  }
}
