import type { ChannelOnNode, NodeOrder, NodeQuestion, NodeReply, OrderOutcome, WatchingClient } from '@kptv/contract'
import type { Viewer } from '../media/viewer.ts'
import type { ChannelRegistry } from '../sessions/channel-registry.ts'
import type { ChannelSession } from '../sessions/channel-session.ts'
import { roleIn } from '../sessions/session-role.ts'

export type NodeRepliesOptions = {
  readonly registry: Pick<ChannelRegistry, 'ofChannel'>
  readonly incarnation: () => string
  readonly requestDrain: () => void
}

/** Of a channel with more viewers, people see the first ones. */
const MAX_CLIENTS = 100

/** @returns what this node answers to the questions of an edge, orders among them */
export function createNodeReplies(options: NodeRepliesOptions): (question: NodeQuestion) => NodeReply {
  const { registry } = options
  return (question) => {
    if (question.ask === 'describe') {
      const [session] = registry.ofChannel(question.channel)
      return session === undefined ? { outcome: 'not-here' } : { outcome: 'done', plays: describe(session) }
    }
    return { outcome: isNodeOrder(question.order) ? carryOut(question.order, options) : 'not-here' }
  }
}

const NODE_ORDERS: ReadonlySet<string> = new Set<NodeOrder['order']>([
  'next-source',
  'stop',
  'end-viewer',
  'move-leader',
  'drain',
])

/** Nodes carry it out; all others are carried out in Redis. */
export function isNodeOrder(order: { readonly order: string }): order is NodeOrder {
  return NODE_ORDERS.has(order.order)
}

function carryOut(order: NodeOrder, { registry, incarnation, requestDrain }: NodeRepliesOptions): OrderOutcome {
  if (order.order === 'drain') {
    if (order.node !== incarnation()) return 'not-here'
    requestDrain()
    return 'done'
  }
  const sessions = registry.ofChannel(order.channel)
  switch (order.order) {
    case 'stop':
      for (const session of sessions) void session.stop()
      return sessions.length > 0 ? 'done' : 'not-here'
    case 'end-viewer':
      return sessions.some((session) => session.orders.endViewer(order.viewer)) ? 'done' : 'not-here'
    case 'next-source':
      return best(sessions.map(changeStream))
    case 'move-leader':
      return best(sessions.map(moveLead))
  }
}

function changeStream(session: ChannelSession): OrderOutcome {
  if (session.orders.changeStream()) return 'done'
  return isLedElsewhere(session) ? 'not-here' : 'not-now'
}

function moveLead(session: ChannelSession): OrderOutcome {
  if (isLedElsewhere(session)) return 'not-here'
  if (session.phase !== 'playing') return 'not-now'
  return session.orders.moveLead() ? 'done' : 'no-other-node'
}

function isLedElsewhere({ phase }: ChannelSession): boolean {
  return roleIn(phase) === 'follows' || phase === 'electing'
}

/** Without sharing, each viewer has its own session. */
function best(outcomes: readonly OrderOutcome[]): OrderOutcome {
  return outcomes.includes('done') ? 'done' : (outcomes[0] ?? 'not-here')
}

function describe(session: ChannelSession): ChannelOnNode {
  const { phase, stream, viewers, viewerCount, ring } = session
  return {
    role: roleIn(phase),
    phase,
    source: stream?.sourceId ?? null,
    stream: stream?.streamId ?? null,
    ringBytes: ring.sizeBytes,
    viewers: viewerCount,
    clients: [...viewers].slice(0, MAX_CLIENTS).flatMap(describeClient),
  }
}

function describeClient({ id, client, sentBytes, jumps }: Viewer): readonly WatchingClient[] {
  if (client === undefined) return []
  const { user = null, player, address, sinceMs: since } = client
  return [{ id, user, player, address, since, sentBytes, jumps }]
}
