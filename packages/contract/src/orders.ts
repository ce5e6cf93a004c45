import { z } from 'zod'

const id = (what: string) => z.string().min(1).max(200).describe(what)
const channel = id('A channel in play.')
const source = id('A source.')

/** What a person can order, on any edge, for the whole cluster. */
export const adminOrder = z.discriminatedUnion('order', [
  z.strictObject({ order: z.literal('next-source'), channel }).describe('Plays the next stream of a channel.'),
  z.strictObject({ order: z.literal('stop'), channel }).describe('Ends a channel, for all its viewers.'),
  z.strictObject({ order: z.literal('end-viewer'), channel, viewer: id('A viewer of it.') }),
  z.strictObject({ order: z.literal('move-leader'), channel }).describe('Another node with viewers leads.'),
  z.strictObject({ order: z.literal('unblock-stream'), stream: id('A stream.') }).describe('Forgets its failures.'),
  z.strictObject({ order: z.literal('read-list'), source: source.optional().describe('Default: all.') }),
  z.strictObject({ order: z.literal('accept-list'), source }).describe('Accepts a list that was put aside.'),
  z.strictObject({ order: z.literal('drain'), node: id('An incarnation.') }).describe('Ends a node, as SIGTERM does.'),
])

export type AdminOrder = z.infer<typeof adminOrder>

/** Orders that the nodes carry out that play the channel, or are drained. */
export type NodeOrder = Extract<
  AdminOrder,
  { readonly order: 'next-source' | 'stop' | 'end-viewer' | 'move-leader' | 'drain' }
>

/** Answer to `POST /admin/orders`. */
export const orderAnswer = z
  .strictObject({
    status: z.literal('done'),
    nodes: z.array(z.string()).readonly().describe('Nodes that carried it out; empty if it needed none.'),
  })
  .readonly()

export type OrderAnswer = z.infer<typeof orderAnswer>

/** Answer to `POST /refresh`. */
export const refreshAnswer = z.strictObject({ status: z.literal('imports requested') }).readonly()

export type RefreshAnswer = z.infer<typeof refreshAnswer>

/** Answer to `POST /sources/{source}/accept`. */
export const acceptAnswer = z.strictObject({ status: z.literal('accepted') }).readonly()

export type AcceptAnswer = z.infer<typeof acceptAnswer>

/** Answer to `GET /healthz`. */
export const healthAnswer = z.strictObject({ status: z.literal('ok') }).readonly()

export type HealthAnswer = z.infer<typeof healthAnswer>
