import { Gauge, type Registry } from 'prom-client'

/**
 * Sources of the gauges, read at the moment of a scrape. Promises reject when Redis is away: that
 * gauge is then left out.
 */
export type NodeFacts = {
  viewers(): number
  channelsInPlay(): number
  slotsHeld(): number
  connections(): number
  ringBytes(): number
  segmentBytes(): number
  sourcesFileProblems(): number
  usersFileProblems(): number
  /** Sources whose last import was not good. */
  alarms(): Promise<ReadonlyArray<{ readonly source: string; readonly code: string }>>
  /** Connections of each source's account on all nodes; `limit` is `Infinity` for `unlimited`. */
  sourceConnections(): Promise<
    ReadonlyArray<{ readonly source: string; readonly inUse: number; readonly limit: number }>
  >
  /** Size of the catalogue that is served. */
  catalog(): Promise<{ readonly channels: number; readonly streams: number } | undefined>
}

type Sample = { readonly labels?: Readonly<Record<string, string>>; readonly value: number }

export function addGauges(registry: Registry, facts: NodeFacts): void {
  const gaugeOf = (name: string, help: string, labelNames: readonly string[], read: () => Promise<Sample[]>): void => {
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      async collect() {
        const samples = await read().catch(() => [])
        this.reset()
        if (samples.length === 0) this.remove({})
        for (const { labels = {}, value } of samples) this.set(labels, value)
      },
    })
  }
  const gauge = (name: string, help: string, read: () => number): void =>
    gaugeOf(name, help, [], async () => [{ value: read() }])

  gauge('kptv_viewers', 'Viewers of this node.', facts.viewers)
  gauge('kptv_channels_in_play', 'Sessions of this node.', facts.channelsInPlay)
  gauge('kptv_slots_held', 'Connection slots that this node holds.', facts.slotsHeld)
  gauge('kptv_upstream_connections', 'Connections to providers; more than slots held is a fault.', facts.connections)
  gauge('kptv_ring_bytes', 'Media held in the rings of this node.', facts.ringBytes)
  gauge('kptv_hls_segment_bytes', 'Media held in HLS segments of this node.', facts.segmentBytes)
  gauge('kptv_sources_file_problems', 'Problems of SOURCES_FILE; above 0 it is not used.', facts.sourcesFileProblems)
  gauge('kptv_users_file_problems', 'Problems of USERS_FILE; above 0 it is not used.', facts.usersFileProblems)

  gaugeOf('kptv_source_alarm', '1 for each source whose last import was not good.', ['source', 'code'], async () =>
    (await facts.alarms()).map((labels) => ({ labels, value: 1 })),
  )
  gaugeOf('kptv_source_connections', 'Connections in use on all nodes, by source.', ['source'], async () =>
    (await facts.sourceConnections()).map(({ source, inUse }) => ({ labels: { source }, value: inUse })),
  )
  gaugeOf('kptv_source_connection_limit', 'Connections that a source allows.', ['source'], async () =>
    (await facts.sourceConnections()).map(({ source, limit }) => ({ labels: { source }, value: limit })),
  )
  const ofCatalog = async (field: 'channels' | 'streams'): Promise<Sample[]> => {
    const catalog = await facts.catalog()
    return catalog === undefined ? [] : [{ value: catalog[field] }]
  }
  gaugeOf('kptv_catalog_channels', 'Channels of the catalogue that is served.', [], () => ofCatalog('channels'))
  gaugeOf('kptv_catalog_streams', 'Streams of the catalogue that is served.', [], () => ofCatalog('streams'))
}
