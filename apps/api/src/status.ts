import type { CatalogReader, SourceLists, SourceState } from '@kptv/catalog'
import { type Source, UNLIMITED } from '@kptv/config'
import type { Slots } from '@kptv/coordination'
import type { ChannelRegistry } from './channels/channel-registry.ts'
import type { ChannelSession } from './channels/channel-session.ts'
import type { SourceLine } from './http/routes/home.ts'

export type StatusOptions = {
  readonly node: { readonly nodeId: string; readonly incarnation: string }
  readonly sources: readonly Source[]
  readonly catalog: CatalogReader
  readonly lists: SourceLists
  readonly slots: Slots
  readonly registry: ChannelRegistry
}

/** What `/status` answers: this node's sessions, and what the cluster shares. Sources by id and host, never by address. */
export async function describeStatus(options: StatusOptions): Promise<object> {
  const { node, sources, registry } = options
  const [catalog, sourceStates] = await Promise.all([
    describeCatalog(options.catalog).catch(() => undefined),
    Promise.all(
      sources.map((source) => describeSource(source, options).catch(() => ({ id: source.id, name: source.name }))),
    ),
  ])
  return {
    node: node.nodeId,
    incarnation: node.incarnation,
    redis: catalog === undefined ? 'away' : 'ok',
    catalog: catalog ?? null,
    sources: sourceStates,
    channels: [...registry.sessions].map(describeSession),
    viewers: registry.viewerCount,
  }
}

async function describeCatalog(catalog: CatalogReader): Promise<object> {
  const generation = await catalog.currentGeneration()
  const info = generation === undefined ? undefined : await catalog.info(generation)
  if (info === undefined) return { generation: null }
  const { builtAt, channels, streams } = info
  return { generation, builtAt, channels, streams }
}

async function describeSource(source: Source, { lists, slots }: StatusOptions): Promise<object> {
  const [state, held] = await Promise.all([lists.state(source.id), slots.list(source.accountId)])
  const { epgUrls: _, etag: __, lastModified: ___, ...shown } = state
  return {
    id: source.id,
    name: source.name,
    limit: source.limit === UNLIMITED ? 'unlimited' : source.limit,
    import: shown,
    slots: held.map(({ slotId, holder }) => ({ slotId, ...holder })),
  }
}

function describeSession(session: ChannelSession): object {
  return {
    channel: session.channelId,
    phase: session.phase,
    source: session.stream?.sourceId ?? null,
    stream: session.stream?.streamId ?? null,
    slot: session.slotId ?? null,
    viewers: session.viewers.size,
    ringBytes: session.ring.sizeBytes,
  }
}

/** The sources as the page for people shows them. */
export async function sourceLines({ sources, lists, slots }: StatusOptions): Promise<SourceLine[]> {
  return Promise.all(
    sources.map(async (source) => {
      const [state, held] = await Promise.all([lists.state(source.id), slots.list(source.accountId)])
      const most = source.limit === UNLIMITED ? 'unlimited' : String(source.limit)
      return {
        name: source.name,
        state: sentenceOf(state),
        healthy: state.state !== 'failed',
        connections: `${held.length} of ${most}`,
      }
    }),
  )
}

function sentenceOf({ state, reason, progress, entries, fetchedAt }: SourceState): string {
  const count = (entries_: number): string => `${entries_.toLocaleString('en')} entries`
  const last = entries > 0 ? `; the list of ${fetchedAt} with ${count(entries)} is kept` : ''
  switch (state) {
    case 'waiting':
      return 'waits for its first import'
    case 'importing':
      return `is being imported: ${count(progress ?? 0)} so far`
    case 'ok':
      return `${count(entries)}, fetched ${fetchedAt}`
    case 'failed':
      return `import failed (${reason})${last}`
  }
}
