import type { FoundLead } from './find-lead.ts'
import { endOfLease, isLeaseValid, type Lease, stamp } from './lease.ts'
import type { Connection } from './provider.ts'
import { removeDead } from './reconcile.ts'
import type { SlotName } from './redis-slots.ts'
import type { Session } from './session.ts'
import type { Prepared } from './successor.ts'
import { cancel, type Timer } from './virtual-clock.ts'

export type HeldSlot = SlotName & { term: number; readonly lease: Lease }

export type Pull = {
  term: number
  readonly incarnation: string
  readonly lead: Lease
  /** `undefined` while none is granted. */
  readonly slot: HeldSlot | undefined
  readonly isPlaying: boolean
  /** Stopped: waits for the end of its socket, then gives back. */
  readonly ended: boolean
  readonly hasSocket: boolean
  /** Another node takes the lead while this one still plays. */
  handingOver: boolean
  /** Once without viewers anywhere. */
  idleSince: number | undefined
  /** By this slot it has a connection, or may still make one. */
  usesSlot(slot: { readonly source: string; readonly id: string }): boolean
  isValid(): boolean
  armDeadline(): void
  extendTo(until: number): void
  /** Closes, then gives back what it holds, then continues with `then`, in this order. */
  stop(reason: string, then?: () => void): void
}

/** One leadership: slot first, then connect; at its end close first, then release. */
export function createPull(
  session: Session,
  found: FoundLead,
  { ended, prepared }: { readonly ended: () => void; readonly prepared: Prepared | undefined },
): Pull {
  const { edge, channel } = session
  const { world, process, host } = edge
  const { rules, redis, provider, random, clock } = world
  const { incarnation, lease: lead } = found
  let slot: HeldSlot | undefined = prepared?.slot
  /** Asked for without an answer yet; may be ours. */
  let asked: SlotName | undefined
  let connection: Connection | undefined = prepared?.connection
  let deadline: Timer | undefined
  let nextTry: Timer | undefined
  let hasEnded = false
  let isClosing = false
  let inherit = found.inherit
  let preferred = random.whole(0, world.sources.size - 1)

  const pull: Pull = {
    term: found.term,
    incarnation,
    lead,
    get slot() {
      return slot
    },
    get isPlaying() {
      return connection?.state === 'open' && !hasEnded
    },
    get ended() {
      return hasEnded
    },
    get hasSocket() {
      return isClosing || (connection !== undefined && connection.state !== 'closed')
    },
    handingOver: false,
    idleSince: undefined,
    usesSlot({ source, id }) {
      if (asked?.source === source && !hasEnded) return true
      return slot?.id === id && (!hasEnded || (rules.leavesAfterClose && pull.hasSocket))
    },
    isValid,
    armDeadline,
    extendTo(until) {
      // Only what is still valid is prolonged: nothing rises from the dead.
      if (hasEnded || !isValid()) return
      world.trace?.(host.name, `continues in an outage with ${channel}`)
      for (const lease of leases()) lease.graceUntil = until
      armDeadline()
    },
    stop,
  }
  prepared?.onEnded(providerEnded)
  armDeadline()
  if (prepared === undefined) takeSlot()
  return pull

  /** A leader that hands over needs its slot only. */
  function leases(): Lease[] {
    if (slot === undefined) return [lead]
    return pull.handingOver ? [slot.lease] : [lead, slot.lease]
  }

  function isValid(): boolean {
    return leases().every((lease) => isLeaseValid(lease, edge.watch, { process, rules }))
  }

  function armDeadline(): void {
    if (hasEnded) return
    const end = Math.min(...leases().map((lease) => endOfLease(lease, edge.watch, rules)))
    const left = end - process.monotonicMs()
    if (connection !== undefined) connection.mustStopAt = clock.now + left / process.rate
    cancel(deadline)
    deadline = process.after(left + 0.01, () => {
      if (isValid()) armDeadline()
      else stop('deadline')
    })
  }

  /** Unless it is being asked for. */
  function takeSlotNow(): void {
    if (nextTry === undefined) return
    cancel(nextTry)
    nextTry = undefined
    takeSlot()
  }

  function takeSlot(tried = 0): void {
    if (hasEnded) return
    if (tried === world.sources.size) {
      nextTry = process.after(random.between(150, 400), takeSlotNow)
      return
    }
    const source = [...world.sources.keys()][(preferred + tried) % world.sources.size]!
    const attempt = edge.nextAttempt()
    const request = { source, channel, incarnation, term: pull.term, attempt, inherit, knownRunId: edge.knownRunId }
    const lease = stamp(process)
    asked = { source, id: `${channel}#${incarnation}#${attempt}`, incarnation, attempt }
    edge.call(
      () => redis.acquire(request),
      (reply) => {
        if (hasEnded) return
        if (!reply.ok) return void process.after(200, takeSlot)
        const answer = reply.value
        if (answer.outcome === 'granted') {
          asked = undefined
          slot = { source, id: answer.id, incarnation, attempt, term: request.term, lease }
          if (!isValid()) return stop('granted too late')
          return connect()
        }
        if (answer.outcome === 'cold') return void process.after(300, takeSlot)
        removeDead(edge, answer.holders, takeSlotNow)
        takeSlot(tried + 1)
      },
    )
  }

  function connect(): void {
    if (hasEnded || slot === undefined) return
    if (!isValid()) return stop('too late to connect')
    inherit = undefined
    const opened: Connection = {
      source: slot.source,
      channel,
      term: pull.term,
      incarnation,
      slotId: slot.id,
      process,
      state: 'opening',
      halfOpen: false,
      mustStopAt: clock.now,
    }
    connection = opened
    armDeadline()
    provider.open(
      opened,
      () => world.trace?.(host.name, `plays ${channel} from ${opened.source}`),
      () => providerEnded(),
    )
  }

  /** The provider hung up: again by the same slot, or by the next source. */
  function providerEnded(): void {
    connection = undefined
    if (hasEnded || slot === undefined) return
    if (random.chance(0.5)) return void process.after(100, connect)
    release(slot)
    slot = undefined
    preferred += 1
    takeSlot()
  }

  function stop(reason: string, then?: () => void): void {
    if (hasEnded) return
    hasEnded = true
    cancel(deadline)
    world.trace?.(host.name, `stops ${channel} of term ${pull.term}: ${reason}`)
    if (!rules.releaseAfterClose) giveBack()
    const finish = () => {
      isClosing = false
      ended()
      if (rules.releaseAfterClose) giveBack()
      then?.()
    }
    if (connection === undefined || connection.state === 'closed') return finish()
    isClosing = true
    provider.close(connection, finish)
  }

  function giveBack(): void {
    const name = slot ?? asked
    if (name !== undefined) release(name)
    edge.call(
      () => redis.resign(channel, incarnation, pull.term),
      () => {},
    )
  }

  /** Tried until Redis answers, or until the lease would have ended anyway. */
  function release(name: SlotName, tries = 60): void {
    edge.call(
      () => redis.release(name),
      (reply) => {
        if (!reply.ok && tries > 0) process.after(300, () => release(name, tries - 1))
      },
    )
  }
}
