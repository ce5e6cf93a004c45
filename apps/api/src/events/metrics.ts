import { Counter, collectDefaultMetrics, Registry } from 'prom-client'
import { addGauges, type NodeFacts } from './node-gauges.ts'

/** Gauges of prom-client whose names end in `_total`, which Prometheus reserves for counters. */
const MISNAMED = ['active_resources', 'active_handles', 'active_requests'].map((name) => `kptv_nodejs_${name}_total`)

/**
 * The timer behind the event loop's delay wakes the process this often, also while nothing plays.
 */
const LOOP_DELAY_RESOLUTION_MS = 200

/**
 * Everything `/metrics` shows. Labels hold source ids and codes, never names that a provider chose,
 * never addresses.
 */
export function createMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({
    register: registry,
    prefix: 'kptv_',
    eventLoopMonitoringPrecision: LOOP_DELAY_RESOLUTION_MS,
  })
  for (const name of MISNAMED) registry.removeSingleMetric(name)
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Counter({ name, help, labelNames, registers: [registry] })
  return {
    registry,
    /** Reads the gauges from here from now on. */
    watch: (facts: NodeFacts): void => addGauges(registry, facts),
    attempts: counter('kptv_upstream_attempts_total', 'Attempts to play a stream.', ['source']),
    retries: counter('kptv_upstream_retries_total', 'Attempts that follow a failure, by the code of that failure.', [
      'source',
      'code',
    ]),
    failures: counter('kptv_upstream_failures_total', 'Attempts that failed, or streams that ended.', [
      'source',
      'code',
    ]),
    mediaBytes: counter('kptv_media_received_bytes_total', 'Media taken from providers.'),
    takeovers: counter('kptv_takeovers_total', 'Channels that this node took over from another leader.'),
    droppedMessages: counter('kptv_relay_dropped_messages_total', 'Messages of the relay that were dropped.', [
      'reason',
    ]),
    failedConversions: counter(
      'kptv_hls_conversion_failures_total',
      'Failures of ffmpeg at packing a channel for HLS.',
      ['format'],
    ),
    viewersLeft: counter('kptv_viewers_left_total', 'Viewers that are gone.'),
    sentBytes: counter('kptv_media_sent_bytes_total', 'Media sent to viewers that are gone.'),
    jumps: counter('kptv_viewer_jumps_total', 'Times that slow viewers jumped to a newer join point.'),
    cacheHits: counter('kptv_cache_hits_total', 'Requests answered from memory.', ['kind']),
    cacheMisses: counter('kptv_cache_misses_total', 'Requests that needed a rendering.', ['kind']),
    errorAnswers: counter('kptv_error_answers_total', 'Requests of the public port answered with an error.', ['code']),
  }
}

export type Metrics = ReturnType<typeof createMetrics>
