import type { CatalogReader } from '@kptv/catalog'
import type { Source, SourceBook, UserBook } from '@kptv/config'
import type { CatalogStatus, ChannelStatus, SourceStatus, StatusAnswer } from '@kptv/contract'
import type { Cluster } from '../cluster/join-cluster.ts'
import type { UnsupportedStreams } from '../providers/unsupported-streams.ts'
import type { ChannelRegistry } from '../sessions/channel-registry.ts'
import type { ChannelSession } from '../sessions/channel-session.ts'
import { describeGuide, type GuideParts } from './guide-facts.ts'
import { readSource, type SourceFacts, type SourceParts } from './source-facts.ts'

type StatusParts = SourceParts &
  GuideParts & {
    readonly nodeId: string
    readonly cluster: Pick<Cluster, 'incarnation' | 'nodes' | 'leadership'>
    readonly book: Pick<SourceBook, 'problems'>
    readonly users: Pick<UserBook, 'problems'>
    readonly sources: () => readonly Source[]
    readonly catalog: CatalogReader
    readonly registry: ChannelRegistry
    readonly ffmpeg: object | undefined
    readonly unsupported: UnsupportedStreams
    /** Of the server, as it reports it. Throws when Redis is away. */
    readonly redisVersion: () => Promise<string | undefined>
  }

/** The answer of `/status`. Without Redis, it is limited to this node's own knowledge. */
export async function describeStatus(parts: StatusParts): Promise<StatusAnswer> {
  const { nodeId, cluster, sources, registry } = parts
  const [catalog, guide, redisVersion, nodes, sourceFacts] = await Promise.all([
    describeCatalog(parts.catalog).catch(() => undefined),
    describeGuide(parts).catch(() => undefined),
    parts.redisVersion().catch(() => undefined),
    cluster.nodes.list().catch(() => []),
    Promise.all(
      sources().map((source) => describeSource(source, parts).catch(() => ({ id: source.id, name: source.name }))),
    ),
  ])
  return {
    node: nodeId,
    incarnation: cluster.incarnation.id,
    pid: process.pid,
    redis: catalog === undefined ? 'away' : 'ok',
    redisVersion: redisVersion ?? null,
    nodes: nodes.map(({ internalKey: _, ...shown }) => shown),
    catalog: catalog ?? null,
    guide: guide ?? null,
    sourcesFile: { problems: parts.book.problems() },
    usersFile: { problems: parts.users.problems() },
    sources: sourceFacts,
    channels: await Promise.all([...registry.sessions].map((session) => describeSession(session, parts))),
    viewers: registry.viewerCount,
    ffmpeg: parts.ffmpeg === undefined ? 'missing' : 'found',
    unsupported: parts.unsupported.list(),
  }
}

async function describeCatalog(catalog: CatalogReader): Promise<CatalogStatus> {
  const [generation = null, build = null] = await Promise.all([catalog.currentGeneration(), catalog.build()])
  const info = generation === null ? undefined : await catalog.info(generation)
  if (info === undefined) return { generation: null, build }
  const { builtAt, channels, streams, unmatched } = info
  return { generation, builtAt, channels, streams, unmatched, build }
}

async function describeSource(source: Source, parts: StatusParts): Promise<SourceStatus> {
  const facts: SourceFacts = await readSource(source, parts)
  // Some fields are for the worker alone.
  const {
    epgUrls: _,
    etag: __,
    lastModified: ___,
    groups: _____,
    shape: ______,
    accounts: _______,
    ...shown
  } = facts.import
  return { ...facts, import: shown, slots: facts.slots.map(({ slotId, holder }) => ({ slotId, ...holder })) }
}

async function describeSession(session: ChannelSession, { cluster }: StatusParts): Promise<ChannelStatus> {
  const lead = await cluster.leadership.read(session.channelId).catch(() => undefined)
  return {
    channel: session.channelId,
    phase: session.phase,
    leader: lead === undefined ? null : { node: lead.node, term: lead.term },
    source: session.stream?.sourceId ?? null,
    stream: session.stream?.streamId ?? null,
    slot: session.slotId ?? null,
    viewers: session.viewerCount,
    ringBytes: session.ring.sizeBytes,
  }
}
