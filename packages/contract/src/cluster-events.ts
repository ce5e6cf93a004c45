import { z } from 'zod'

const text = (max = 200) => z.string().max(max)
const count = () => z.int().min(0)
const ofChannel = { channel: text(), channelName: text(500) }
const ofSource = { source: text(), sourceName: text(500) }
const ofGuide = { guide: text(), guideName: text(500) }
const code = text().describe('Stable code of the reason.')

/** Of a list that was read; more are not named. */
export const MAX_LOST_GROUPS = 5

/** What happened, by type. */
export const eventFacts = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('stream-failed'), ...ofChannel, ...ofSource, stream: text(), code }),
  z
    .strictObject({
      type: z.literal('stream-changed'),
      ...ofChannel,
      ...ofSource,
      stream: text(),
      fromSource: text(),
      fromSourceName: text(500),
      afterMs: count().optional().describe('Since the former stream failed; missing when it did not fail.'),
    })
    .describe('Another stream plays.'),
  z.strictObject({ type: z.literal('channel-failed'), ...ofChannel, code }).describe('It ended for its viewers.'),
  z.strictObject({ type: z.literal('channel-taken-over'), ...ofChannel }).describe('By this node, from another one.'),
  z
    .strictObject({ type: z.literal('conversion-failed'), ...ofChannel, format: text() })
    .describe('ffmpeg failed at packing it as fragmented MP4; it is started again.'),
  z.strictObject({
    type: z.literal('list-read'),
    ...ofSource,
    entries: count(),
    before: count(),
    lostGroups: z
      .array(text())
      .max(MAX_LOST_GROUPS)
      .readonly()
      .optional()
      .describe('Groups that the list no longer has.'),
  }),
  z.strictObject({ type: z.literal('alarm'), ...ofSource, code, message: text(2_000) }),
  z.strictObject({ type: z.literal('alarm-over'), ...ofSource }),
  z.strictObject({ type: z.literal('guide-read'), ...ofGuide, programmes: count() }),
  z.strictObject({ type: z.literal('guide-alarm'), ...ofGuide, code, message: text(2_000) }),
  z.strictObject({ type: z.literal('guide-alarm-over'), ...ofGuide }),
  z
    .strictObject({
      type: z.literal('login'),
      who: z.enum(['operator', 'viewer']),
      address: text(),
      outcome: z.enum(['right', 'wrong']),
    })
    .describe('On the page.'),
  z.strictObject({
    type: z.literal('order'),
    order: text(),
    outcome: text().describe('`done`, or the code of the error.'),
    address: text().describe('Of the person.'),
    channel: text().optional(),
    channelName: text(500).optional(),
    source: text().optional(),
    sourceName: text(500).optional(),
    target: text().optional().describe('The node or stream that was meant.'),
  }),
  z
    .strictObject({
      type: z.literal('webhook-failed'),
      webhook: text().describe('Its place and host, such as `1-discord.com`.'),
      status: count().optional().describe('Of its answer; missing when there was none.'),
      code: text().optional().describe('Why there was none.'),
      isFinal: z.boolean().describe('The message is not sent again.'),
    })
    .describe('Reported once an hour for each webhook, and not sent to any.'),
  z.strictObject({ type: z.literal('node-started'), version: text() }),
  z.strictObject({ type: z.literal('node-drains') }),
  z.strictObject({ type: z.literal('node-stopped') }).describe('In order.'),
  z
    .strictObject({ type: z.literal('node-gone'), reason: text().optional().describe('If its end was seen.') })
    .describe('It ended without notice, or fell silent.'),
])

export type EventFacts = z.infer<typeof eventFacts>
export type EventType = EventFacts['type']

const written = {
  at: z.int().describe('Milliseconds since 1970.'),
  node: text().describe('NODE_ID of the node where it happened.'),
}

/** As it is kept, without its id. */
export const writtenEvent = z.strictObject({ ...written, facts: eventFacts }).readonly()

/** An event of the cluster. */
export const clusterEvent = z
  .strictObject({ id: text().describe('Ids grow.'), ...written, facts: eventFacts })
  .readonly()

export type ClusterEvent = z.infer<typeof clusterEvent>

/** Answer to `GET /admin/log`. */
export const eventList = z
  .strictObject({ events: z.array(clusterEvent).readonly().describe('The newest first, at most 200.') })
  .readonly()

export type EventList = z.infer<typeof eventList>

/** What a webhook of the format `json` receives. */
export const webhookMessage = z
  .strictObject({
    ...clusterEvent.unwrap().shape,
    weight: z.enum(['bad', 'good', 'plain']).describe('Whether a person should look.'),
    text: text(2_000).describe('The event as a sentence.'),
  })
  .readonly()

export type WebhookMessage = z.infer<typeof webhookMessage>
