import type { Clock } from '@kptv/clock'
import type { ChannelEvent } from '@kptv/failover'
import type { SessionRank, SessionSlots, SlotAnswer } from '../cluster/session-slots.ts'
import { SlotWait } from '../cluster/slot-wait.ts'
import type { PlayableStream } from '../providers/playable-streams.ts'

type SlotSearchOptions = {
  readonly cluster: SessionSlots
  readonly rank: () => SessionRank
  /** No node has a viewer or a waiting request. */
  readonly isDeserted: () => boolean
  readonly send: (event: ChannelEvent) => void
  readonly clock: Clock
}

/**
 * Gets a slot for a session: requests one, and where all accounts are full queues until its turn to
 * request again.
 */
export class SlotSearch {
  readonly #options: SlotSearchOptions
  readonly #wait: SlotWait<PlayableStream>
  /** When the next request makes sense, by the answers since the last wait. */
  #askAgainInMs = Infinity

  constructor(options: SlotSearchOptions) {
    const { cluster, rank, send, clock } = options
    this.#options = options
    this.#wait = new SlotWait({
      queue: (stream) => cluster.queue(stream, rank()),
      want: (stream) => cluster.want(stream),
      leave: (keepsPlaces) => cluster.leaveQueues(keepsPlaces),
      leaveOthers: (streams) => cluster.leaveQueuesBut(streams),
      onQueued: (streams) => void cluster.outrank(streams, rank()),
      onTurn: () => send({ type: 'slot-free' }),
      onEnough: () => send({ type: 'waited-enough' }),
      clock,
    })
  }

  /** Places in queues stay while the slot is requested. Never rejects. */
  async take(stream: PlayableStream, { onlySpare }: { readonly onlySpare: boolean }): Promise<SlotAnswer> {
    const { cluster, rank } = this.#options
    this.#wait.pause()
    const taking = onlySpare ? cluster.takeSpareSlot(stream, rank()) : cluster.takeSlot(stream, rank())
    const answer: SlotAnswer = await taking.catch(() => ({ skip: 'unavailable' as const }))
    if ('slotId' in answer) this.#wait.leave()
    else this.#askAgainInMs = Math.min(this.#askAgainInMs, answer.askAgainInMs ?? Infinity)
    return answer
  }

  /** Queues for the accounts of these streams; one stream represents each account. */
  queueFor(streams: readonly PlayableStream[], { patient }: { readonly patient: boolean }): void {
    const { isDeserted, send } = this.#options
    // The viewer that waited has left in the meantime.
    if (isDeserted()) return queueMicrotask(() => send({ type: 'abandoned' }))
    const accounts = new Map(streams.map((stream) => [stream.accountId, stream]))
    this.#wait.start([...accounts.values()], { patient, checkInMs: this.#askAgainInMs })
    this.#askAgainInMs = Infinity
  }

  /** A slot of one of its accounts was given back, on some node. */
  freed(): void {
    this.#wait.freed()
  }

  /** @param keepsPlaces for a moment, for the node that leads next */
  leave({ keepsPlaces }: { readonly keepsPlaces: boolean }): void {
    this.#wait.leave(keepsPlaces)
  }
}
