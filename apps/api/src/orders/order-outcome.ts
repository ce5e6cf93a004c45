import type { ErrorCode, NodeOrder, OrderOutcome } from '@kptv/contract'
import type { Answers } from '../cluster/calls/node-calls.ts'

/** Nodes that carried an order out, or why none did. */
export type OrderResult = { readonly nodes: readonly string[] } | { readonly refused: ErrorCode }

/** Of more than one reason, the one that a person can act on. */
const REASONS = ['not-now', 'no-other-node'] as const satisfies readonly OrderOutcome[]

const NOT_HERE: Readonly<Record<NodeOrder['order'], ErrorCode>> = {
  'next-source': 'not-in-play',
  stop: 'not-in-play',
  'move-leader': 'not-in-play',
  'end-viewer': 'unknown-viewer',
  drain: 'unknown-node',
}

/** The outcome of an order, from the answers of all nodes. */
export function resultOf({ order }: NodeOrder, { answers, isComplete }: Answers): OrderResult {
  const nodes = answers.filter(({ reply }) => reply.outcome === 'done').map(({ node }) => node)
  if (nodes.length > 0) return { nodes: nodes.toSorted() }
  const reason = REASONS.find((one) => answers.some(({ reply }) => reply.outcome === one))
  if (reason !== undefined) return { refused: reason }
  return { refused: isComplete ? NOT_HERE[order] : 'nodes-silent' }
}
