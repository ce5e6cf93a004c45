import type { Standing, Turn } from '@kptv/coordination'
import type { Failure, Skip } from '@kptv/failover'
import type { PlayableStream } from '../providers/playable-streams.ts'

/** `askAgainInMs`: when something is known to change; until then only a freed slot could help. */
export type SlotAnswer = { readonly slotId: string } | { readonly skip: Skip; readonly askAgainInMs?: number }

/** How a connection ended. */
export type ConnectionEnd = {
  /** Why; `undefined` if it was no longer needed. */
  readonly failure: Failure | undefined
  /** It brought media. */
  readonly wasHealthy: boolean
}

/** Where a session stands among those that want slots. */
export type SessionRank = {
  /** It has served viewers already, so it comes before those that have not. */
  readonly hasViewers: boolean
  /** The highest of its viewers on this node; comes before everything else. */
  readonly priority: number
}

/**
 * The slots of the cluster, for one session. Answers are values; it is an error when Redis is away.
 */
export type SessionSlots = {
  /**
   * A slot of the stream's account, or why there is none.
   */
  takeSlot(stream: PlayableStream, rank: SessionRank): Promise<SlotAnswer>
  /** The same, only if one is free: for a connection beside that of the leader. */
  takeSpareSlot(stream: PlayableStream, rank: SessionRank): Promise<SlotAnswer>
  /** Some account of these streams has a connection to spare. */
  hasSpareSlot(streams: readonly PlayableStream[]): Promise<boolean>
  /**
   * Takes or keeps the session's place in the queue for slots of the account.
   *
   * @returns whether it is its turn
   */
  queue(stream: PlayableStream, rank: SessionRank): Promise<Turn>
  /**
   * It waits in the queues of the accounts of these streams: if no slot is about to be free, it
   * takes over that of the lowest priority below its own. Never rejects.
   */
  outrank(streams: readonly PlayableStream[], rank: SessionRank): Promise<void>
  /** The priority of the slot's viewers on this node has changed. */
  rankSlot(slotId: string, priority: number): void
  /**
   * Gives up all places in queues.
   *
   * @param keepsPlaces they stay for a moment, for the next leader of the channel
   */
  leaveQueues(keepsPlaces?: boolean): void
  /** Gives up the places in the queues of all accounts but those of these streams. */
  leaveQueuesBut(streams: readonly PlayableStream[]): void
  /**
   * Announces to all edges that a slot is wanted: an edge gives up one whose session has no
   * viewers.
   */
  want(stream: PlayableStream): void
  /** Another session waits for a slot of the account. */
  isWanted(accountId: string): boolean
  /**
   * How surely the slot is ours, by our own clock. `unproven`: our clock was set forward, and the
   * next heartbeat decides, within milliseconds.
   */
  standing(slotId: string): Standing
  /** For people who read Redis: what the slot's connection is doing. */
  markSlot(slotId: string, state: 'active' | 'closing'): void
  /** The failure, reclassified where the state of the account explains it. */
  explain(slotId: string, failure: Failure): Failure
  /** The slot's connection has brought media. */
  noteHealthy(slotId: string): void
  /** After the socket has closed; without an `end` no socket was opened. */
  releaseSlot(slotId: string, end: ConnectionEnd | undefined): Promise<void>
  noteFailure(slotId: string, stream: PlayableStream, failure: Failure): void
  noteSuccess(slotId: string, streamId: string): void
}
