import { z } from 'zod'

const count = () => z.int().min(0)
const time = () => z.int().describe('Milliseconds since 1970.')

/** What the media says of itself. */
const mediaFormat = z
  .strictObject({
    codecs: z.string().nullable().describe('As in RFC 6381, the video first.'),
    width: count().nullable(),
    height: count().nullable(),
    framesPerSecond: z.number().min(0).nullable(),
  })
  .readonly()

export type MediaFormat = z.infer<typeof mediaFormat>

/** A channel in play on one node. */
const playedChannel = z
  .strictObject({
    channel: z.string(),
    role: z.enum(['leads', 'follows', 'waits']),
    phase: z.string(),
    source: z.string().nullable(),
    stream: z.string().nullable(),
    viewers: count(),
    bitsPerSecond: count().describe('Media that the channel brings to this node.'),
    format: mediaFormat.nullable().default(null),
    since: time(),
  })
  .readonly()

/** A VOD, or a past programme of a channel; each viewer has its own connection. */
const directMedia = z
  .strictObject({ channel: z.string(), kind: z.enum(['vod', 'archive']), viewers: count() })
  .readonly()

/** What a node reports once a second, while some page is open. */
export const nodeReport = z
  .strictObject({
    at: time(),
    incarnation: z.string(),
    node: z.string(),
    version: z.string(),
    state: z.enum(['serving', 'draining']),
    startedAt: time(),
    viewers: count(),
    sentBitsPerSecond: count().describe('To viewers of channels in play.'),
    ringBytes: count(),
    direct: z.array(directMedia).readonly().default([]),
    channels: z.array(playedChannel).readonly(),
  })
  .readonly()

export type NodeReport = z.infer<typeof nodeReport>
export type DirectMediaPlayed = z.infer<typeof directMedia>
export type PlayedChannel = z.infer<typeof playedChannel>

const liveNode = z
  .strictObject({
    node: z.string(),
    version: z.string(),
    state: z.enum(['serving', 'draining', 'gone']),
    since: time().describe('When it started, or when it was last heard of.'),
    viewers: count().describe('Those of VOD and catch-up too.'),
    leads: count(),
    follows: count(),
    sentBitsPerSecond: count(),
    ringBytes: count(),
    direct: z
      .array(directMedia.unwrap().extend({ name: z.string() }).readonly())
      .readonly()
      .describe('VOD and catch-up that it serves.'),
  })
  .readonly()

const liveChannel = z
  .strictObject({
    name: z.string(),
    logo: z.boolean(),
    phase: z.string().describe('Of the node that leads, or of any while none does.'),
    source: z.string().nullable(),
    stream: z.string().nullable(),
    streamNumber: count().nullable().describe('Its place among the streams of the channel, from 1 on.'),
    streamCount: count(),
    viewers: count(),
    bitsPerSecond: count(),
    format: mediaFormat.nullable(),
    since: time(),
    nodes: z
      .array(
        z.strictObject({ node: z.string(), role: z.enum(['leads', 'follows', 'waits']), viewers: count() }).readonly(),
      )
      .readonly()
      .describe('The one that leads comes first.'),
  })
  .readonly()

const liveSource = z
  .strictObject({
    name: z.string(),
    limit: count().nullable().describe('null: unlimited.'),
    slots: z
      .array(
        z
          .strictObject({ channel: z.string(), node: z.string(), state: z.string(), since: time().nullable() })
          .readonly(),
      )
      .readonly(),
    import: z.enum(['waiting', 'importing', 'ok', 'failed']),
    progress: count().nullable(),
    entries: count(),
    fetchedAt: z.string().nullable(),
    alarm: z.string().nullable().describe('One sentence for people.'),
    filtered: count().describe('Entries that the filters of the source left out.'),
    skipped: z.record(z.string(), count()).readonly().describe('Items of the list that were skipped, by reason.'),
    skippedFirst: z
      .array(z.strictObject({ reason: z.string(), line: z.int() }).readonly())
      .readonly()
      .describe('The first of them.'),
    expiresAt: z.string().nullable().describe('When the first of its logins ends, if its provider says so.'),
    setAside: count().nullable().describe('Entries of a list that waits to be accepted.'),
  })
  .readonly()

/** Id of the notice that nothing is known of other nodes at the moment. */
export const REDIS_AWAY = 'redis-away'

const liveNotice = z.strictObject({ text: z.string() }).readonly()

const tables = { nodes: liveNode, channels: liveChannel, sources: liveSource, notices: liveNotice }

/** The whole cluster as the page shows it, each by its id. */
export const liveState = z
  .strictObject({
    at: time().describe('By the clock of the node that answers.'),
    nodes: z.record(z.string(), tables.nodes).readonly(),
    channels: z.record(z.string(), tables.channels).readonly(),
    sources: z.record(z.string(), tables.sources).readonly(),
    notices: z.record(z.string(), tables.notices).readonly().describe('Problems of the files that the node reads.'),
  })
  .readonly()

export type LiveState = z.infer<typeof liveState>
export type LiveNode = z.infer<typeof liveNode>
export type LiveChannel = z.infer<typeof liveChannel>
export type LiveSource = z.infer<typeof liveSource>

/** What has changed since: the fields that differ; null: gone. */
export type LiveChange = {
  readonly [Table in Exclude<keyof LiveState, 'at'>]?: Readonly<
    Record<string, Partial<LiveState[Table][string]> | null>
  >
}
