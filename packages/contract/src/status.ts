import { z } from 'zod'
import { guideStatus } from './guide-status.ts'
import { sourceStatus, unreadSource } from './source-status.ts'

const time = () => z.string().describe('ISO 8601, UTC')
const count = () => z.int().min(0)

const nodeStatus = z
  .strictObject({
    incarnation: z.string().describe('Random id of this start of the process.'),
    node: z.string().describe('NODE_ID'),
    pid: z.int(),
    url: z.string().describe('Where other nodes reach its public port; empty when unknown.'),
    internalUrl: z.string(),
    version: z.string(),
    startedAt: time(),
    state: z.enum(['serving', 'draining']),
    viewers: count(),
    channels: count().describe('Channels in play on it.'),
  })
  .readonly()

const catalogStatus = z
  .strictObject({
    generation: z.int().nullable().describe('null before the first import.'),
    builtAt: time().optional(),
    channels: count().optional(),
    streams: count().optional(),
    unmatched: z
      .array(z.string())
      .readonly()
      .optional()
      .describe('Channels of the sources file that no list has: ids or names.'),
    build: z
      .strictObject({
        generation: z.int(),
        phase: z.enum(['grouping', 'ordering']),
        donePercent: z.int().min(0).max(100),
        startedAt: time(),
      })
      .readonly()
      .nullable()
      .describe('How far the next catalogue is.'),
  })
  .readonly()

const channelStatus = z
  .strictObject({
    channel: z.string(),
    phase: z.string().describe('docs/operations.md, "A channel stalls or does not start"'),
    leader: z.strictObject({ node: z.string(), term: z.int() }).readonly().nullable(),
    source: z.string().nullable(),
    stream: z.string().nullable(),
    slot: z.string().nullable(),
    viewers: count(),
    ringBytes: count(),
  })
  .readonly()

const unsupportedStream = z
  .strictObject({
    stream: z.string(),
    source: z.string(),
    scheme: z.string(),
    reason: z.string(),
  })
  .readonly()

/** Answer to `GET /status`: the nodes of the cluster, the sessions of this one, what all share. */
export const statusAnswer = z
  .strictObject({
    node: z.string().describe('NODE_ID of the node that answers.'),
    incarnation: z.string(),
    pid: z.int(),
    redis: z.enum(['ok', 'away']),
    redisVersion: z.string().nullable().describe('As the server reports it; null when unknown.'),
    nodes: z.array(nodeStatus).readonly(),
    catalog: catalogStatus.nullable().describe('null while Redis is away.'),
    guide: guideStatus.nullable().describe('null while Redis is away.'),
    sourcesFile: z.strictObject({ problems: z.array(z.string()).readonly() }).readonly(),
    usersFile: z.strictObject({ problems: z.array(z.string()).readonly() }).readonly(),
    sources: z.array(z.union([sourceStatus, unreadSource])).readonly(),
    channels: z.array(channelStatus).readonly().describe('Sessions of this node.'),
    viewers: count(),
    ffmpeg: z.enum(['found', 'missing']),
    unsupported: z.array(unsupportedStream).readonly().describe('Streams requested lately that this node cannot play.'),
  })
  .readonly()

export type StatusAnswer = z.infer<typeof statusAnswer>
export type CatalogStatus = z.infer<typeof catalogStatus>
export type ChannelStatus = z.infer<typeof channelStatus>
