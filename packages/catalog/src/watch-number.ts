import type { Redis } from '@kptv/redis'

type WatchNumberOptions = {
  /** Reads the number; `undefined` while there is none. */
  readonly read: () => Promise<number | undefined>
  /**
   * Connection of role `subscriber`, may be shared. Without it changes are noticed by the poll
   * alone.
   */
  readonly subscriber?: Redis | undefined
  /** Pub/sub channel that hints at a change. */
  readonly hints: string
  /** Interval for checking, for messages that were missed. */
  readonly pollMs: number
  readonly onPollError?: ((error: unknown) => void) | undefined
}

/**
 * Calls the listener with the number soon after the start (if there is one), and with each new one:
 * at once by message, or at the next poll. Messages are only hints: the number is always read. A
 * number that disappears is not a change; the previous one stays valid.
 */
export function watchNumber(options: WatchNumberOptions, listener: (number: number) => void): AsyncDisposable {
  const { read, subscriber, hints, pollMs, onPollError } = options
  let last: number | undefined
  let isStopped = false

  async function check(): Promise<void> {
    try {
      const number = await read()
      if (isStopped || number === undefined || number === last) return
      last = number
      listener(number)
    } catch (error) {
      onPollError?.(error)
    }
  }
  const onMessage = (channel: string): void => {
    if (channel === hints) void check()
  }

  const timer = setInterval(() => void check(), pollMs)
  subscriber?.on('message', onMessage)
  subscriber?.subscribe(hints).catch((error: unknown) => onPollError?.(error))
  void check()
  return {
    // The subscription itself may be shared by others: it ends with its connection.
    async [Symbol.asyncDispose]() {
      isStopped = true
      clearInterval(timer)
      subscriber?.off('message', onMessage)
    },
  }
}
