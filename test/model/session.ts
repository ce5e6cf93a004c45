import type { Edge } from './edge.ts'
import { type FoundLead, findLead } from './find-lead.ts'
import { handOver } from './hand-over.ts'
import { isLeaseValid } from './lease.ts'
import { createPull, type Pull } from './pull.ts'
import type { Renewal } from './renewal.ts'
import { prepareRenewal } from './renewal.ts'
import { createSuccessor, type Prepared, type Successor } from './successor.ts'
import { publish, type RelayMessage } from './world.ts'

/**
 * A follower looks for a leader after this long without a word; a leader says something this often.
 */
const SILENCE_MS = 500
const TICK_MS = 250

export type Session = {
  readonly channel: string
  readonly edge: Edge
  readonly pull: Pull | undefined
  /** A lead or a slot, so that renewals make sense. */
  readonly holdsAnything: boolean
  readonly hasSocket: boolean
  readonly highestTerm: number
  /** Follows, and starts looking for a leader at once. */
  seek(): void
  /** The leader wants this node to take over while it still plays. */
  takeOver(): void
  hear(message: RelayMessage): void
  prepareRenewal(): Renewal
  /** Deadlines may have moved. */
  recheck(): void
  extendTo(until: number): void
  handOver(): void
  stop(reason: string): void
  viewersChanged(): void
  usesSlot(slot: { readonly source: string; readonly id: string }): boolean
}

/** One channel on one node: follows, or leads by a {@link Pull}. */
export function createSession(edge: Edge, channel: string): Session {
  const { world, host, process } = edge
  const { rules } = world
  let pull: Pull | undefined
  let highestTerm = 0
  let heardAt = process.monotonicMs()
  let seeking = false
  let successor: Successor | undefined
  /** Of one that has ended, its socket may still be closing. */
  let former: Successor | undefined

  const session: Session = {
    channel,
    edge,
    get pull() {
      return pull
    },
    get holdsAnything() {
      return pull !== undefined && !pull.ended
    },
    get hasSocket() {
      return pull?.hasSocket === true || successor?.hasSocket === true || former?.hasSocket === true
    },
    get highestTerm() {
      return highestTerm
    },
    seek,
    takeOver,
    hear,
    prepareRenewal: () => prepareRenewal(session, pull),
    recheck: () => pull?.armDeadline(),
    extendTo: (until) => pull?.extendTo(until),
    handOver() {
      stopSuccessor('drains')
      handOver(session, pull)
    },
    stop(reason) {
      stopSuccessor(reason)
      pull?.stop(reason)
    },
    usesSlot: (slot) => [pull, successor, former].some((holder) => holder?.usesSlot(slot) === true),
    viewersChanged() {
      heardAt = process.monotonicMs() - SILENCE_MS
    },
  }
  process.after(world.random.between(0, TICK_MS), tick)
  return session

  function tick(): void {
    process.after(TICK_MS, tick)
    if (pull !== undefined) return speak(pull)
    if (host.viewers.has(channel) && process.monotonicMs() - heardAt > SILENCE_MS) seek()
  }

  /** The data path: also the way of media to the viewers of this node. */
  function speak(leading: Pull): void {
    if (leading.ended) return
    if (rules.gateInDataPath && !leading.isValid()) return leading.stop('gate')
    const hasMedia = leading.isPlaying
    highestTerm = Math.max(highestTerm, leading.term)
    world.judge.spoke({ channel, term: leading.term, incarnation: leading.incarnation, process })
    publish(world, host, { channel, term: leading.term, hasMedia })
  }

  function hear({ channel: of, term, hasMedia }: RelayMessage): void {
    if (pull !== undefined && !pull.ended) {
      if (term > pull.term && (hasMedia || !pull.handingOver)) pull.stop('a newer term speaks')
      return
    }
    if (!host.viewers.has(of) || (rules.followerFences && term < highestTerm)) return
    world.judge.accepted(process, channel, term)
    if (successor !== undefined && term > highestTerm) stopSuccessor('another one leads')
    highestTerm = Math.max(highestTerm, term)
    heardAt = process.monotonicMs()
  }

  function seek(): void {
    if (
      seeking ||
      pull !== undefined ||
      successor !== undefined ||
      !edge.ready ||
      edge.draining ||
      !host.viewers.has(channel)
    )
      return
    seeking = true
    findLead(edge, channel, (found) => {
      seeking = false
      if (found !== undefined && pull === undefined) lead(found)
    })
  }

  function takeOver(): void {
    if (seeking || pull !== undefined || successor !== undefined || !edge.ready || edge.draining) return
    if (!host.viewers.has(channel)) return
    let isNew = true
    const created = createSuccessor(session, highestTerm, (found, prepared) => {
      isNew = false
      former = successor ?? former
      successor = undefined
      if (found !== undefined && pull === undefined) lead(found, prepared)
    })
    if (isNew) successor = created
  }

  function stopSuccessor(reason: string): void {
    successor?.stop(reason)
  }

  function lead(found: FoundLead, prepared?: Prepared): void {
    const { incarnation, watch } = edge
    const isMine = found.incarnation === incarnation && edge.registered
    if (!isMine || edge.draining || !isLeaseValid(found.lease, watch, { process, rules })) {
      const script = () => world.redis.resign(channel, found.incarnation, found.term)
      edge.call(script, () => {})
      prepared?.discard()
      return
    }
    highestTerm = Math.max(highestTerm, found.term)
    world.judge.accepted(process, channel, found.term)
    const ended = () => {
      pull = undefined
      heardAt = process.monotonicMs()
    }
    pull = createPull(session, found, { ended, prepared })
  }
}
