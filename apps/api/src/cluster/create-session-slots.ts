import { randomUUID } from 'node:crypto'
import type { AttemptBegin, Cluster, StreamHealth, Turn } from '@kptv/coordination'
import { CONSEQUENCES, explainRefusal, type FailureKind, LATE_COUNT_MS, SLOT_WAIT_MS } from '@kptv/failover'
import type { Logger } from '@kptv/logging'
import { mayHaveCounted } from '@kptv/upstream'
import type { PlayableStream } from '../providers/playable-streams.ts'
import { createRecorder } from './record-outcomes.ts'
import type { ConnectionEnd, SessionRank, SessionSlots, SlotAnswer } from './session-slots.ts'
import type { SharedChannel } from './shared-channel.ts'
import type { SlotSignals } from './slot-signals.ts'

type SessionSlotsOptions = {
  readonly nodeId: string
  readonly slots: Cluster['slots']
  readonly accounts: Cluster['accounts']
  readonly outranking: Cluster['outranking']
  readonly presence: Pick<Cluster['presence'], 'read'>
  readonly health: StreamHealth
  readonly quarantine: Cluster['quarantine']
  readonly signals: SlotSignals
  /** Ends a session of this node without viewers, if its slot is of the account. */
  readonly freeLingeringSlot: (accountId: string) => Promise<boolean>
  readonly logger: Logger
}

type Attempt = {
  readonly stream: PlayableStream
  readonly sinceCloseMs: number | undefined
  readonly isFull: boolean
  coolDownMs: number
  isProved: boolean
}

/** `isSpare`: no other session gives one up for it, and none is inherited. */
type AcquireHow = SessionRank & { readonly isSpare: boolean }

/**
 * A slot before each connection, the queue for it, and what all nodes know of accounts and streams.
 */
export function createSessionSlots(options: SessionSlotsOptions) {
  const { nodeId, slots, accounts, outranking, presence, health, quarantine, signals, freeLingeringSlot, logger } =
    options
  const record = createRecorder(logger)

  return (channelId: string, shared: SharedChannel | undefined): SessionSlots => {
    // Of a shared channel only the leader waits: the place is the channel's, and the next leader
    // has it.
    const name = shared === undefined ? `${nodeId}-${channelId}-${randomUUID().slice(0, 8)}` : channelId
    const queues = new Set<string>()
    const attempts = new Map<string, Attempt>()

    /** A shared channel waits for the viewers of all nodes. */
    async function rankEverywhere({ hasViewers, priority }: SessionRank): Promise<SessionRank> {
      const everywhere = shared === undefined ? undefined : await presence.read(channelId)
      return { hasViewers, priority: Math.max(priority, everywhere?.priority ?? 0) }
    }

    /**
     * A slot of the account, and the attempt begun with it: both in one round trip, unless the slot
     * is inherited.
     */
    async function acquire(stream: PlayableStream, how: AcquireHow): Promise<SlotAnswer> {
      const { hasViewers, priority, isSpare } = how
      const { accountId, limit } = stream
      const begins = new Map<string, Promise<AttemptBegin>>()
      const begin = (slotId: string, isInherited: boolean): Promise<AttemptBegin> => {
        // The supervisor must know what was open when this process dies of it.
        const noted = quarantine.begin(stream.streamId)
        const beginning = accounts.beginAttempt(stream, slotId, { hasViewers, isInherited })
        const begun = Promise.all([beginning, noted]).then(([begin]) => begin)
        // Heard of below, if the slot is granted.
        begun.catch(() => undefined)
        begins.set(slotId, begun)
        return begun
      }
      const answer = await slots.acquire({
        accountId,
        limit,
        channelId,
        priority,
        ...(isSpare ? {} : shared?.claimTo(accountId)),
        onSent: (slotId) => begin(slotId, false),
      })
      if (answer.outcome !== 'granted' && begins.size > 0) void record(quarantine.end(stream.streamId))
      if (answer.outcome === 'cold') throw new Error('Redis has just come back and grants no slots yet')
      if (answer.outcome === 'full') {
        if (!isSpare && (await freeLingeringSlot(accountId))) return acquire(stream, how)
        return { skip: 'full', askAgainInMs: answer.retryAfterMs }
      }
      return admitAttempt(stream, answer.slotId, begins.get(answer.slotId) ?? begin(answer.slotId, answer.inherited))
    }

    /** The account may have been refused, or its budget used up, while the slot was requested. */
    async function admitAttempt(
      stream: PlayableStream,
      slotId: string,
      beginning: Promise<AttemptBegin>,
    ): Promise<SlotAnswer> {
      const begin = await beginning.catch(async (error: unknown) => {
        await slots.release(slotId)
        throw error
      })
      if (begin.outcome !== 'begun') void record(quarantine.end(stream.streamId))
      if (begin.outcome === 'too-late') {
        await slots.release(slotId)
        signals.freed(stream.accountId)
        return refusal({ may: false, because: begin.because, waitMs: begin.waitMs })
      }
      if (begin.outcome === 'no-slot') {
        // Where Redis got the text of one script only now, the attempt came before the slot.
        await slots.release(slotId)
        return { skip: 'full' }
      }
      const { sinceCloseMs, isFull } = begin
      const coolDownMs = Math.max(begin.coolDownMs, stream.coolDownMs ?? 0)
      attempts.set(slotId, { stream, sinceCloseMs, isFull, coolDownMs, isProved: false })
      shared?.noteSlot(stream.accountId, slotId)
      return { slotId }
    }

    function leave(accountIds: Iterable<string>): void {
      for (const accountId of accountIds) {
        queues.delete(accountId)
        accounts.leaveQueue(accountId, name).then(
          () => signals.freed(accountId),
          () => undefined,
        )
      }
    }

    return {
      async takeSlot(stream, rank) {
        const { streamId, accountId } = stream
        // A session that inherits the slot of a former leader needs no turn.
        const requesting =
          shared?.claimTo(accountId).proof === undefined
            ? accounts.mayRequest(stream, { name, ...rank })
            : Promise.resolve(ITS_TURN)
        const [deadly, blocked, turn] = await Promise.all([
          quarantine.has([streamId]),
          health.blockedUntil([streamId]),
          requesting,
        ])
        if (deadly.has(streamId)) return { skip: 'quarantined' }
        if (blocked.has(streamId)) return { skip: 'blocked' }
        if (!turn.may) return refusal(turn)
        const answer = await acquire(stream, { ...rank, isSpare: false })
        if ('slotId' in answer && shared !== undefined) queues.add(accountId)
        return answer
      },

      async takeSpareSlot(stream, { priority }) {
        const [deadly, turn] = await Promise.all([
          quarantine.has([stream.streamId]),
          accounts.mayRequest(stream, { name, hasViewers: true, priority }),
        ])
        if (deadly.has(stream.streamId)) return { skip: 'quarantined' }
        if (!turn.may) return refusal(turn)
        return acquire(stream, { hasViewers: true, priority, isSpare: true })
      },

      async hasSpareSlot(streams) {
        const limits = new Map(streams.map(({ accountId, limit }) => [accountId, limit]))
        const isSpare = async ([accountId, limit]: [string, number]) => (await slots.list(accountId)).length < limit
        return (await Promise.all([...limits].map(isSpare))).includes(true)
      },

      async queue(stream, rank) {
        queues.add(stream.accountId)
        return accounts.queue(stream, { name, ...(await rankEverywhere(rank)) })
      },

      async outrank(streams, rank) {
        try {
          // What is not shared may take over a slot of the same channel too.
          const waiter = { name, channelId: shared === undefined ? name : channelId, ...(await rankEverywhere(rank)) }
          const ended = await outranking.claim(streams, waiter)
          if (ended === undefined) return
          const { accountId, channelId: from, priority } = ended
          const facts = { channelId, accountId, priority: waiter.priority, from, lower: priority }
          logger.info(facts, 'connection taken over from a channel of lower priority')
        } catch {
          // Without Redis nobody gets a slot.
        }
      },

      rankSlot: (slotId, priority) => slots.rank(slotId, priority),

      leaveQueues(keepsPlaces = false) {
        if (keepsPlaces) queues.clear()
        else leave([...queues])
      },

      leaveQueuesBut(streams) {
        const kept = new Set(streams.map(({ accountId }) => accountId))
        leave([...queues].filter((accountId) => !kept.has(accountId)))
      },

      want: ({ accountId }) => signals.want(accountId),
      isWanted: (accountId) => signals.isWanted(accountId),
      standing: (slotId) => slots.standing(slotId),
      markSlot: (slotId, state) => slots.mark(slotId, state),

      explain(slotId, failure) {
        const attempt = attempts.get(slotId)
        return attempt === undefined ? failure : explainRefusal(failure, attempt)
      },

      noteHealthy(slotId) {
        const attempt = attempts.get(slotId)
        if (attempt === undefined) return
        const { streamId, accountId } = attempt.stream
        const noted = accounts.noteSuccess(accountId, { streamId, sinceCloseMs: attempt.sinceCloseMs })
        void record(
          noted.then((coolDownMs) => {
            attempt.coolDownMs = Math.max(attempt.coolDownMs, coolDownMs)
          }),
        )
      },

      async releaseSlot(slotId, end) {
        const attempt = attempts.get(slotId)
        attempts.delete(slotId)
        if (attempt === undefined) return void (await slots.release(slotId))
        const { accountId, streamId } = attempt.stream
        void record(quarantine.end(streamId))
        const isCounted = wasCounted(end)
        const failure = end?.failure
        const isHarmless = attempt.isProved || failure === undefined || SAYS_NOTHING.has(failure.kind)
        // A connection that the provider ended itself no longer counts there.
        const coolDownMs = isCounted && failure?.kind !== 'ended' ? attempt.coolDownMs : 0
        await record(accounts.endAttempt(accountId, slotId, { isCounted, isHarmless }))
        await slots.release(slotId, coolDownMs)
        signals.freed(accountId)
      },

      noteFailure(slotId, { streamId, accountId }, failure) {
        const { retryAfterMs } = failure
        switch (CONSEQUENCES[failure.kind].blames) {
          case 'account': {
            const sinceCloseMs = recent(attempts.get(slotId)?.sinceCloseMs)
            void record(accounts.noteRefusal(accountId, { streamId, sinceCloseMs, retryAfterMs }))
            return
          }
          case 'stream':
            void record(health.failed(streamId))
            if (retryAfterMs !== undefined) void record(health.rest(streamId, retryAfterMs))
        }
      },

      noteSuccess(slotId, streamId) {
        const attempt = attempts.get(slotId)
        if (attempt !== undefined) {
          attempt.isProved = true
          const harmless = { isCounted: false, isHarmless: true }
          void record(accounts.endAttempt(attempt.stream.accountId, slotId, harmless))
        }
        void record(quarantine.proven(streamId))
        void record(health.succeeded(streamId))
      },
    }
  }
}

/** Of the account: no connection was counted for it, or only the stream is to blame. */
const SAYS_NOTHING: ReadonlySet<FailureKind> = new Set(['withdrawn', 'gone', 'unplayable', 'finished'])

const ITS_TURN: Turn = { may: true }

/** A short rest is a matter of waiting, a long one is not. */
function refusal({ because, waitMs }: Exclude<Turn, { readonly may: true }>): SlotAnswer {
  if (because === 'queue') return { skip: 'full' }
  return waitMs > SLOT_WAIT_MS ? { skip: 'resting' } : { skip: 'full', askAgainInMs: waitMs }
}

function recent(sinceCloseMs: number | undefined): number | undefined {
  return sinceCloseMs !== undefined && sinceCloseMs <= LATE_COUNT_MS ? sinceCloseMs : undefined
}

function wasCounted(end: ConnectionEnd | undefined): boolean {
  if (end === undefined) return false
  const { failure, wasHealthy } = end
  return failure === undefined || wasHealthy || (failure.kind !== 'busy' && mayHaveCounted(failure.code))
}
