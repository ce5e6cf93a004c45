import type { CatalogReader } from '@kptv/catalog'
import type { ChannelDetails, StreamState } from '@kptv/contract'
import type { StreamHealth } from '@kptv/coordination'
import type { NodeCalls } from '../cluster/calls/node-calls.ts'
import type { Cluster } from '../cluster/join-cluster.ts'

type DescribeChannelOptions = {
  readonly calls: Pick<NodeCalls, 'ask'>
  readonly catalog: Pick<CatalogReader, 'channel'>
  readonly health: Pick<StreamHealth, 'blockedUntil'>
  readonly quarantine: Pick<Cluster['quarantine'], 'has'>
}

const ORDER = ['leads', 'waits', 'follows'] as const

/** Everything about a channel in play, from all nodes. Throws when Redis is away. */
export function createDescribeChannel({ calls, catalog, health, quarantine }: DescribeChannelOptions) {
  async function streamsOf(id: string, playing: string | null): Promise<StreamState[]> {
    const streams = (await catalog.channel(id))?.streams ?? []
    const ids = streams.map((stream) => stream.id)
    const [blocked, deadly] = await Promise.all([health.blockedUntil(ids), quarantine.has(ids)])
    return streams.map((stream) => ({
      stream: stream.id,
      source: stream.sourceId,
      plays: stream.id === playing,
      blockedForMs: blocked.get(stream.id) ?? 0,
      quarantine: deadly.get(stream.id) ?? null,
    }))
  }

  return async (channel: string): Promise<ChannelDetails | undefined> => {
    const [{ answers }, record] = await Promise.all([calls.ask({ ask: 'describe', channel }), catalog.channel(channel)])
    const nodes = answers
      .flatMap(({ node, reply: { plays } }) => (plays === undefined ? [] : [{ node, plays }]))
      .toSorted((one, other) => ORDER.indexOf(one.plays.role) - ORDER.indexOf(other.plays.role))
    if (nodes.length === 0) return undefined
    const playing = nodes.find(({ plays }) => plays.role === 'leads')?.plays.stream ?? null
    return { channel, name: record?.name ?? channel, nodes, streams: await streamsOf(channel, playing) }
  }
}
