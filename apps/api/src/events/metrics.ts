import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'

/** What the gauges are read from at the moment somebody asks. */
export type NodeFacts = {
  viewers(): number
  channelsInPlay(): number
  slotsHeld(): number
  connections(): number
  ringBytes(): number
  sourcesFileProblems(): number
  /** Sources whose last import was not good. Throws when Redis is away. */
  alarms(): Promise<ReadonlyArray<{ readonly source: string; readonly code: string }>>
}

/** Everything `/metrics` shows. Labels hold source ids and codes, never names that a provider chose, never addresses. */
export function createMetrics(facts: NodeFacts) {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'kptv_' })
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read())
      },
    })
  }
  /** 1 for each set of labels that is read; nothing where reading fails. */
  const gaugeOf = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    read: () => Promise<ReadonlyArray<Readonly<Record<Label, string>>>>,
  ): void => {
    new Gauge({
      ...{ name, help, labelNames, registers: [registry] },
      async collect() {
        const found = await read().catch(() => [])
        this.reset()
        for (const labels of found) this.set(labels, 1)
      },
    })
  }
  gauge('kptv_viewers', 'Viewers of this node.', facts.viewers)
  gauge('kptv_channels_in_play', 'Sessions of this node.', facts.channelsInPlay)
  gauge('kptv_slots_held', 'Connection slots that this node holds.', facts.slotsHeld)
  gauge('kptv_upstream_connections', 'Connections to providers; more than slots held is a fault.', facts.connections)
  gauge('kptv_ring_bytes', 'Media held in the rings of this node.', facts.ringBytes)
  gauge('kptv_sources_file_problems', 'Problems of SOURCES_FILE; above 0 it is not used.', facts.sourcesFileProblems)
  gaugeOf('kptv_source_alarm', '1 for each source whose last import was not good.', ['source', 'code'], facts.alarms)
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Counter({ name, help, labelNames, registers: [registry] })
  return {
    registry,
    attempts: counter('kptv_upstream_attempts_total', 'Attempts to play a stream.', ['source']),
    failures: counter('kptv_upstream_failures_total', 'Attempts that failed, or streams that ended.', [
      'source',
      'code',
    ]),
    mediaBytes: counter('kptv_media_received_bytes_total', 'Media taken from providers.'),
    viewersLeft: counter('kptv_viewers_left_total', 'Viewers that are gone.'),
    sentBytes: counter('kptv_media_sent_bytes_total', 'Media sent to viewers that are gone.'),
    jumps: counter('kptv_viewer_jumps_total', 'Times that slow viewers jumped to a newer join point.'),
  }
}

export type Metrics = ReturnType<typeof createMetrics>
