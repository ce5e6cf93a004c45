import { z } from 'zod'
import { channelOnNode } from './channel-details.ts'
import { adminOrder } from './orders.ts'

/** What an edge asks all edges, over Redis. */
const nodeQuestion = z.discriminatedUnion('ask', [
  z.strictObject({ ask: z.literal('carry-out'), order: adminOrder }),
  z.strictObject({ ask: z.literal('describe'), channel: z.string() }),
])

/**
 * - `done`: carried out, or begun
 * - `not-here`: this node has no such channel, viewer or process, or another one leads
 * - `not-now`: the channel is in a state in which it cannot be carried out
 * - `no-other-node`: no other node has viewers of the channel
 */
const outcome = z.enum(['done', 'not-here', 'not-now', 'no-other-node'])

const nodeReply = z
  .strictObject({ outcome, plays: channelOnNode.optional().describe('The answer to `describe`.') })
  .readonly()

/** A question on its way, and where its answers go. */
export const nodeCall = z
  .strictObject({ id: z.string(), from: z.string().describe('The process that asks.'), question: nodeQuestion })
  .readonly()

export const nodeAnswer = z
  .strictObject({ id: z.string(), incarnation: z.string(), node: z.string(), reply: nodeReply })
  .readonly()

export type NodeQuestion = z.infer<typeof nodeQuestion>
export type NodeReply = z.infer<typeof nodeReply>
export type NodeCall = z.infer<typeof nodeCall>
export type NodeAnswer = z.infer<typeof nodeAnswer>
export type OrderOutcome = z.infer<typeof outcome>
