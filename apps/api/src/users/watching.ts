import type { ErrorCode } from '@kptv/contract'
import type { Caller } from './caller.ts'

/** A stream that a caller watches. */
export type Watched = {
  /** It is over: the client has left. */
  readonly stopped: () => void
}

/** What callers watch through this node, in any output. */
export type Watching = {
  /**
   * One more stream of a caller.
   *
   * @param end called at most once, when it must end although the client stays
   */
  begin(
    caller: Caller,
    channelId: string,
    end: (reason: ErrorCode) => void,
  ): Promise<Watched | { readonly refused: ErrorCode }>
}

type Stream = { readonly caller: Caller; readonly end: (reason: ErrorCode) => void }

/** Days end, and the file may be changed, at any time. */
const CHECK_EVERY_MS = 1_000

/** Ends streams whose caller has lost its access. */
export function createWatching(users: { readonly onChange: (listener: () => void) => void }): Watching & Disposable {
  const streams = new Set<Stream>()

  function endRefused(): void {
    for (const stream of streams) {
      const reason = stream.caller.refusal()
      if (reason === undefined) continue
      streams.delete(stream)
      stream.end(reason)
    }
  }

  users.onChange(endRefused)
  const timer = setInterval(endRefused, CHECK_EVERY_MS).unref()
  return {
    async begin(caller, _channelId, end) {
      const stream = { caller, end }
      streams.add(stream)
      return { stopped: () => void streams.delete(stream) }
    },

    [Symbol.dispose]: () => clearInterval(timer),
  }
}
