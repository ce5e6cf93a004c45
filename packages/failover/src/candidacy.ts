/**
 * The part of a node that does not lead: it stands for election, or follows the node that leads.
 */
import type { Candidacy, ChannelEvent, Step } from './channel-model.ts'
import { isWorthwhile, proceed } from './leading.ts'
import { awaitsSkipped, keepsViewers, newBout } from './ledger.ts'
import type { EndReason } from './model.ts'
import { elect, leave, verdictOf, withFirst } from './steps.ts'

type NotElected = Extract<ChannelEvent, { readonly type: 'not-elected' }>

/** After another leader gave up, this node tries every stream again. */
export function lead({ ledger, verdict }: Candidacy): Step {
  const own = verdict === undefined ? ledger : { ...newBout(ledger), relieves: true }
  return withFirst(proceed(own), { do: 'unfollow' }, { do: 'lead' })
}

/**
 * Earlier failures of this node are forgotten: they say nothing about the streams of the leader,
 * nor about those of this node when it leads again. They stay if that leader relieves this node,
 * which has tried everything.
 */
export function follow({ ledger, verdict }: Candidacy): Step {
  const own = verdict?.isOwn ? ledger : { ...newBout(ledger), begun: true }
  return { state: { phase: 'following', ledger: own, ...(verdict && { verdict }) }, actions: [{ do: 'follow' }] }
}

/** Without Redis nothing new starts; a session that has viewers already waits for Redis. */
export function waitForElection(state: Candidacy, { because, hasViewers = false }: NotElected): Step {
  const { ledger, verdict } = state
  if (because === 'spent') return decideAlone(state, hasViewers)
  if (because === 'unavailable' && !ledger.begun) return leave('coordination-unavailable')
  return elect(ledger, { again: true, ...(verdict && { verdict }) })
}

/**
 * Every node has tried: this one continues only with streams that it has not tried to their limit.
 * Where the last leader lacked only a slot, viewers that have had media wait as long as they would
 * under a leader of their own: that one may have had none, and gives up sooner.
 */
function decideAlone({ ledger, verdict }: Candidacy, hasViewers: boolean): Step {
  if (verdict === undefined || (verdict.isOwn && isWorthwhile(ledger)) || keepsViewers(ledger)) return elect(ledger)
  return hasViewers && verdict.end === 'sources-full' ? elect(ledger) : leave(verdict.end)
}

/**
 * The leader has ended. This node may reach streams that the leader could not. If that leader only
 * relieved this node, a stream that this node waits for is not forgotten.
 */
export function succeed({ ledger, verdict: own }: Candidacy, end: EndReason): Step {
  // The slot went to another channel: no node could get it back.
  if (end === 'outranked') return leave(end)
  const { verdict } = verdictOf(end)
  if (verdict !== undefined && own?.isOwn && awaitsSkipped(ledger)) return elect(ledger, { verdict: own })
  return verdict === undefined ? elect(ledger) : elect({ ...newBout(ledger), begun: ledger.begun }, { verdict })
}
