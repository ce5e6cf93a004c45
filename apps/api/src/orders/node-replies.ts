import { createHash } from 'node:crypto'
import type { ChannelOnNode, NodeOrder, NodeQuestion, NodeReply, OrderOutcome, WatchingClient } from '@kptv/contract'
import type { SessionSteps } from '../events/session-steps.ts'
import type { Viewer, ViewerClient } from '../media/viewer.ts'
import type { ChannelRegistry } from '../sessions/channel-registry.ts'
import type { ChannelSession } from '../sessions/channel-session.ts'
import { roleIn } from '../sessions/session-role.ts'

type Player = { readonly id: string; readonly client: ViewerClient; readonly sentBytes: number }

type NodeRepliesOptions = {
  readonly registry: Pick<ChannelRegistry, 'ofChannel'>
  /** Those of HLS, which hold no connection. */
  readonly playersOf: (channelId: string) => readonly Player[]
  /** @returns false if there are none */
  readonly stopPlayers: (channelId: string) => boolean
  readonly steps: Pick<SessionSteps, 'of'>
  readonly incarnation: () => string
  readonly requestDrain: () => void
}

/** Of a channel with more viewers, people see the first ones. */
const MAX_CLIENTS = 100

/** @returns what this node answers to the questions of an edge, orders among them */
export function createNodeReplies(options: NodeRepliesOptions): (question: NodeQuestion) => NodeReply {
  return (question) => {
    if (question.ask === 'describe') {
      const plays = describe(question.channel, options)
      return plays === undefined ? { outcome: 'not-here' } : { outcome: 'done', plays }
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

function carryOut(
  order: NodeOrder,
  { registry, stopPlayers, incarnation, requestDrain }: NodeRepliesOptions,
): OrderOutcome {
  if (order.order === 'drain') {
    if (order.node !== incarnation()) return 'not-here'
    requestDrain()
    return 'done'
  }
  const sessions = registry.ofChannel(order.channel)
  switch (order.order) {
    case 'stop': {
      for (const session of sessions) void session.stop()
      const hadPlayers = stopPlayers(order.channel)
      return hadPlayers || sessions.length > 0 ? 'done' : 'not-here'
    }
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

function describe(channel: string, { registry, playersOf, steps }: NodeRepliesOptions): ChannelOnNode | undefined {
  const [session] = registry.ofChannel(channel)
  if (session === undefined) return undefined
  const { phase, stream, viewers, viewerCount, ring } = session
  return {
    role: roleIn(phase),
    phase,
    source: stream?.sourceId ?? null,
    stream: stream?.streamId ?? null,
    ringBytes: ring.sizeBytes,
    viewers: viewerCount,
    clients: [...[...viewers].flatMap(describeViewer), ...playersOf(channel).map(describePlayer)].slice(0, MAX_CLIENTS),
    steps: steps.of(channel),
  }
}

function describeViewer({ id, client, sentBytes, jumps }: Viewer): readonly WatchingClient[] {
  return client === undefined ? [] : [{ id, output: 'stream', ...describeClient(client), sentBytes, jumps }]
}

/** Its id is all one needs to request its playlist. */
function describePlayer({ id, client, sentBytes }: Player): WatchingClient {
  const hidden = createHash('sha256').update(id).digest('base64url').slice(0, 12)
  return { id: hidden, output: 'hls', ...describeClient(client), sentBytes, jumps: 0 }
}

function describeClient({ user, player, address, sinceMs: since }: ViewerClient) {
  return { user: user ?? null, player, address, since }
}
