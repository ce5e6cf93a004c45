import { type FoundLead, findLead } from './find-lead.ts'
import { endOfLease, isLeaseValid, stamp } from './lease.ts'
import type { Connection } from './provider.ts'
import type { HeldSlot } from './pull.ts'
import type { SlotName } from './redis-slots.ts'
import type { Session } from './session.ts'

/** What a node that was asked to take over has ready when it claims. */
export type Prepared = {
  readonly slot: HeldSlot
  readonly connection: Connection
  /** The provider's hang-up is reported there from now on. */
  onEnded(handler: () => void): void
  /** It is not wanted after all. */
  discard(): void
}

export type Successor = {
  readonly hasSocket: boolean
  usesSlot(slot: { readonly source: string; readonly id: string }): boolean
  /** Closes what was prepared, and gives its slot back. */
  stop(reason: string): void
}

/** As long as a leader waits for it. */
const PATIENCE_MS = 2000

/**
 * Make before break, at the node that shall lead: its own slot, a connection, and only when
 * that plays the claim. Whatever fails ends it, and nothing is left.
 */
export function createSuccessor(
  session: Session,
  leaderTerm: number,
  done: (found: FoundLead | undefined, prepared?: Prepared) => void,
): Successor {
  const { edge, channel } = session
  const { world, process, host, incarnation } = edge
  const { redis, provider, random, rules, clock } = world
  let slot: HeldSlot | undefined
  let asking: string | undefined
  let connection: Connection | undefined
  let isOver = false
  let isClosing = false
  let handleEnd = () => stop('its provider hung up')

  process.after(PATIENCE_MS, () => stop('it took too long'))
  takeSlot([...world.sources.keys()])
  return {
    get hasSocket() {
      return isClosing || (!isOver && connection !== undefined && connection.state !== 'closed')
    },
    usesSlot({ source, id }) {
      if (isOver) return rules.leavesAfterClose && isClosing && slot?.id === id
      return slot?.id === id || (slot === undefined && asking === source)
    },
    stop,
  }

  function takeSlot([source, ...others]: string[]): void {
    if (source === undefined || isOver) return stop('no spare slot')
    asking = source
    const attempt = edge.nextAttempt()
    const name: SlotName = { source, id: `${channel}#${incarnation}#${attempt}`, incarnation, attempt }
    const lease = stamp(process)
    if (!rules.successorTakesItsOwnSlot) {
      slot = { ...name, term: leaderTerm, lease }
      return connect()
    }
    const request = {
      source,
      channel,
      incarnation,
      term: leaderTerm,
      attempt,
      inherit: undefined,
      knownRunId: edge.knownRunId,
    }
    edge.call(
      () => redis.acquire(request),
      (reply) => {
        if (!reply.ok) {
          release(name)
          return stop('Redis is away')
        }
        if (reply.value.outcome !== 'granted') return takeSlot(others)
        slot = { ...name, id: reply.value.id, term: leaderTerm, lease }
        if (isOver) return release(slot)
        connect()
      },
    )
  }

  function connect(): void {
    if (slot === undefined || !isMine()) return stop('too late to connect')
    const left = endOfLease(slot.lease, edge.watch, rules) - process.monotonicMs()
    connection = {
      source: slot.source,
      channel,
      term: leaderTerm,
      incarnation,
      slotId: slot.id,
      process,
      state: 'opening',
      halfOpen: false,
      mustStopAt: clock.now + left / process.rate,
      isPrepared: true,
    }
    process.after(left + 0.01, () => stop('deadline'))
    provider.open(
      connection,
      () => process.after(random.between(20, 800), claim),
      () => handleEnd(),
    )
  }

  function claim(): void {
    if (isOver || !isMine()) return stop('too late to claim')
    findLead(edge, channel, (found) => {
      if (isOver || found === undefined || slot === undefined || connection === undefined || !isMine()) {
        if (found !== undefined)
          edge.call(
            () => redis.resign(channel, found.incarnation, found.term),
            () => {},
          )
        return stop('not elected')
      }
      world.trace?.(host.name, `takes over ${channel} in term ${found.term}`)
      isOver = true
      connection.term = found.term
      connection.isPrepared = false
      slot.term = found.term
      done(found, { slot, connection, onEnded: (handler) => (handleEnd = handler), discard: close })
    })
  }

  function isMine(): boolean {
    const { watch } = edge
    return edge.incarnation === incarnation && slot !== undefined && isLeaseValid(slot.lease, watch, { process, rules })
  }

  function stop(reason: string): void {
    if (isOver) return
    isOver = true
    world.trace?.(host.name, `does not take over ${channel}: ${reason}`)
    close()
    done(undefined)
  }

  /** The slot is given back after the socket's end. */
  function close(): void {
    const finish = () => {
      isClosing = false
      if (slot !== undefined) release(slot)
    }
    if (connection !== undefined && connection.state !== 'closed') {
      isClosing = true
      provider.close(connection, finish)
    } else finish()
  }

  function release(name: SlotName, tries = 60): void {
    edge.call(
      () => redis.release(name),
      (reply) => {
        if (!reply.ok && tries > 0) process.after(300, () => release(name, tries - 1))
      },
    )
  }
}
