import { type Lease, renewLease } from './lease.ts'
import type { Pull } from './pull.ts'
import type { Session } from './session.ts'

type Result = 'renewed' | 'missing' | 'lost'
type Renewed = { readonly lead: Result; readonly slot: Result; readonly viewers: number }

/** The part of a heartbeat that one channel needs. */
export type Renewal = {
  script(): Renewed
  handle(result: Renewed, beat: { readonly sent: Lease; readonly cold: boolean }): void
}

export function prepareRenewal(session: Session, pull: Pull | undefined): Renewal {
  const { edge, channel } = session
  const { world, host, incarnation } = edge
  const { redis, rules } = world
  const viewers = host.viewers.has(channel) ? 1 : 0
  const slot = pull?.ended === false ? pull.slot : undefined
  const term = pull?.ended === false ? pull.term : undefined

  return {
    script: () => ({
      lead: term === undefined ? 'renewed' : redis.renewLead(channel, incarnation, term),
      slot: slot === undefined ? 'renewed' : redis.renewSlot(slot, channel, slot.term),
      viewers: redis.setPresence(channel, incarnation, viewers),
    }),
    handle(result, { sent, cold }) {
      if (pull === undefined || pull.ended || term !== pull.term) return
      if (result.lead === 'renewed') renewLease(pull.lead, sent)
      if (result.slot === 'renewed' && slot !== undefined) renewLease(slot.lease, sent)
      pull.armDeadline()
      stopWhenIdle(pull, result.viewers)
      const isLeadGone = result.lead !== 'renewed' && !pull.handingOver
      const isSlotGone = result.slot !== 'renewed' && slot === pull.slot
      if (!isLeadGone && !isSlotGone) return
      const canReassert = cold && result.lead !== 'lost' && result.slot !== 'lost' && pull.isValid()
      if (canReassert) reassert(pull)
      else pull.stop(isSlotGone ? `slot ${result.slot}` : `lead ${result.lead}`)
    },
  }

  /** Redis forgot: who holds writes it again, under a new term. */
  function reassert(holder: Pull): void {
    const sent = { freshAt: edge.process.monotonicMs(), suspendedMs: edge.process.suspendedMs(), graceUntil: 0 }
    const held = holder.slot
    const old = holder.term
    const script = () => {
      if (!redis.isCold()) return undefined
      const newTerm = holder.handingOver ? old : redis.reassertLead(channel, incarnation, old)
      if (newTerm === undefined) return undefined
      if (held !== undefined && !redis.reassertSlot(held, channel, newTerm)) return undefined
      return newTerm
    }
    edge.call(script, (reply) => {
      if (holder.ended || !reply.ok) return
      if (reply.value === undefined) return holder.stop('re-assertion refused')
      world.trace?.(host.name, `re-asserts ${channel} in term ${reply.value}`)
      holder.term = reply.value
      renewLease(holder.lead, sent)
      if (held !== undefined) {
        held.term = reply.value
        renewLease(held.lease, sent)
      }
      holder.armDeadline()
    })
  }

  function stopWhenIdle(holder: Pull, total: number): void {
    const now = edge.process.monotonicMs()
    if (total > 0) holder.idleSince = undefined
    else holder.idleSince ??= now
    if (holder.idleSince !== undefined && now - holder.idleSince > rules.timing.lingerMs) holder.stop('nobody watches')
  }
}
