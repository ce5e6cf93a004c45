import type { Duplex } from 'node:stream'

/** Viewers get what came meanwhile in one write, so nobody waits longer for media that is read as often. */
export const ROUND_MS = 40

/**
 * Media sockets of a process that were read to their end rest until the next round, in which all of them are read in one turn of
 * the event loop: to wake up for each packet of each provider costs more than to read it.
 */
export class ReadingRounds {
  readonly #now: () => number
  readonly #after: (delayMs: number, run: () => void) => void
  #resting: Duplex[] = []

  constructor(
    now = () => performance.now(),
    after = (delayMs: number, run: () => void) => void setTimeout(run, delayMs),
  ) {
    this.#now = now
    this.#after = after
  }

  /** The socket is not read any more; it is again from the next round on. */
  rest(socket: Duplex): void {
    if (this.#resting.push(socket) === 1) this.#after(ROUND_MS - (this.#now() % ROUND_MS), () => this.#begin())
  }

  #begin(): void {
    const resting = this.#resting
    this.#resting = []
    for (const socket of resting) if (!socket.destroyed) socket.resume()
  }
}
