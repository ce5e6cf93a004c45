import type { Clock } from '@kptv/clock'
import type { SessionRank, SessionSlots, SlotAnswer } from '../cluster/session-slots.ts'
import { SlotWait } from '../cluster/slot-wait.ts'
import type { PlayableStream } from '../providers/playable-streams.ts'

type SlotQueueOptions = {
  readonly slots: SessionSlots
  readonly rank: SessionRank
  readonly clock: Clock
  /** Nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

/**
 * The wait of one request for a slot. It stands in the same queues as channels do, and takes over
 * the slot of a lower priority as they do.
 */
export class SlotQueue {
  readonly #options: SlotQueueOptions
  readonly #wait: SlotWait<PlayableStream>
  /** The streams that were passed over because their accounts are full, by account. */
  readonly #full = new Map<string, PlayableStream>()
  #askAgainInMs = Infinity
  #settle: (isOver: boolean) => void = () => undefined

  constructor(options: SlotQueueOptions) {
    const { slots, rank, clock, signal } = options
    this.#options = options
    this.#wait = new SlotWait({
      queue: (stream) => slots.queue(stream, rank),
      want: (stream) => slots.want(stream),
      leave: () => slots.leaveQueues(),
      leaveOthers: (streams) => slots.leaveQueuesBut(streams),
      onQueued: (streams) => void slots.outrank(streams, rank),
      onTurn: () => this.#settle(false),
      onEnough: () => this.#settle(true),
      clock,
    })
    signal.addEventListener('abort', () => this.#settle(true), { once: true })
  }

  async take(stream: PlayableStream): Promise<SlotAnswer> {
    const { slots, rank } = this.#options
    const answer: SlotAnswer = await slots.takeSlot(stream, rank).catch(() => ({ skip: 'unavailable' as const }))
    if ('skip' in answer && answer.skip === 'full') {
      this.#full.set(stream.accountId, stream)
      this.#askAgainInMs = Math.min(this.#askAgainInMs, answer.askAgainInMs ?? Infinity)
    }
    return answer
  }

  /** @returns whether it may be its turn; if not, it has waited long enough, or is not needed */
  async untilTurn(): Promise<boolean> {
    if (this.#full.size === 0 || this.#options.signal.aborted) return false
    const { promise, resolve } = Promise.withResolvers<boolean>()
    this.#settle = resolve
    this.#wait.start([...this.#full.values()], { patient: false, checkInMs: this.#askAgainInMs })
    this.#full.clear()
    this.#askAgainInMs = Infinity
    const isOver = await promise
    this.#wait.pause()
    return !isOver
  }

  /** A slot was given back, on some node. */
  freed(): void {
    this.#wait.freed()
  }

  leave(): void {
    this.#wait.leave()
  }
}
