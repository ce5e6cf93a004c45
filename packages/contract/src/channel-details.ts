import { z } from 'zod'

const count = () => z.int().min(0)
const time = () => z.int().describe('Milliseconds since 1970.')

/** A client that watches; a player of HLS has no connection that could be ended. */
const watchingClient = z
  .strictObject({
    id: z.string().describe('For the order end-viewer.'),
    output: z.enum(['stream', 'hls']),
    user: z.string().nullable().describe('null without USERS_FILE.'),
    player: z.string().describe('User-Agent, shortened.'),
    address: z.string(),
    since: time(),
    sentBytes: count(),
    jumps: count().describe('Times that it was too slow, and continued with newer media.'),
  })
  .readonly()

/** What happened to the channel on a node, from its first request on. */
const sessionStep = z
  .strictObject({
    step: z.enum([
      'lead-taken',
      'lead-given-up',
      'slot-taken',
      'stream-connecting',
      'stream-connected',
      'media-arrived',
      'stream-playing',
      'stream-failed',
    ]),
    at: time(),
    source: z.string().nullable(),
    stream: z.string().nullable(),
    code: z.string().nullable().describe('Why it failed.'),
  })
  .readonly()

/** What one node knows of a channel that it plays. */
export const channelOnNode = z
  .strictObject({
    role: z.enum(['leads', 'follows', 'waits']),
    phase: z.string(),
    source: z.string().nullable(),
    stream: z.string().nullable(),
    ringBytes: count(),
    viewers: count().describe('Those of HLS too.'),
    clients: z.array(watchingClient).readonly().describe('The first 100.'),
    steps: z.array(sessionStep).readonly().describe('The last 40.'),
  })
  .readonly()

const streamState = z
  .strictObject({
    stream: z.string(),
    source: z.string(),
    plays: z.boolean(),
    blockedForMs: count().describe('It failed too often, and is left alone for this long; 0: it may be tried.'),
    quarantine: z.string().nullable().describe('Why it is in quarantine: edge processes have died of it.'),
  })
  .readonly()

/** Answer to `GET /admin/channels/{channel}`. */
export const channelDetails = z
  .strictObject({
    channel: z.string(),
    name: z.string(),
    nodes: z
      .array(z.strictObject({ node: z.string(), plays: channelOnNode }).readonly())
      .readonly()
      .describe('Nodes that play it; the one that leads comes first.'),
    streams: z.array(streamState).readonly().describe('In the order in which they are tried.'),
  })
  .readonly()

export type WatchingClient = z.infer<typeof watchingClient>
export type SessionStep = z.infer<typeof sessionStep>
export type ChannelOnNode = z.infer<typeof channelOnNode>
export type StreamState = z.infer<typeof streamState>
export type ChannelDetails = z.infer<typeof channelDetails>
