import { describe, expect, test } from '@jest/globals'
import type { Logger } from '@kptv/logging'
import { countEvents } from './count-events.ts'
import { type EdgeEvent, EdgeEvents } from './edge-events.ts'
import { logEvents } from './log-events.ts'
import { createMetrics } from './metrics.ts'

const SUBJECT = { channelId: 'channel', sourceId: 'source', streamId: 'stream' }

test('every listener hears every event, until it stops listening', () => {
  const events = new EdgeEvents()
  const heard: string[] = []
  events.listen(({ type }) => void heard.push(`one ${type}`))
  const stop = events.listen(({ type }) => void heard.push(`other ${type}`))
  events.emit({ type: 'catalog-adopted', generation: 1 })
  stop()
  events.emit({ type: 'viewer-joined', channelId: 'channel' })
  expect(heard).toEqual(['one catalog-adopted', 'other catalog-adopted', 'one viewer-joined'])
})

describe('the metrics', () => {
  async function counted(...events: EdgeEvent[]): Promise<string[]> {
    const metrics = createMetrics()
    const count = countEvents(metrics)
    for (const event of events) count(event)
    const text = await metrics.registry.metrics()
    return text
      .split('\n')
      .filter((line) => /^kptv_(upstream|media|viewer|takeovers|relay|hls)/.test(line) && !line.endsWith(' 0'))
  }

  test('distinguish a retry from a first attempt, by the failure before it', async () => {
    const connecting = { type: 'stream-connecting', ...SUBJECT } as const
    const failed = { type: 'stream-failed', code: 'stalled', ...SUBJECT } as const
    expect(await counted(connecting, failed, connecting, { type: 'stream-playing', ...SUBJECT }, connecting)).toEqual([
      'kptv_upstream_attempts_total{source="source"} 3',
      'kptv_upstream_retries_total{source="source",code="stalled"} 1',
      'kptv_upstream_failures_total{source="source",code="stalled"} 1',
    ])
  })

  test('count failed conversions by format', async () => {
    const failed: EdgeEvent = { type: 'conversion-failed', channelId: 'news', format: 'fmp4-aac' }
    expect(await counted(failed, failed)).toEqual(['kptv_hls_conversion_failures_total{format="fmp4-aac"} 2'])
  })

  test('count takeovers, not first leads', async () => {
    const taken = (isTakeover: boolean) => ({ type: 'lead-taken', channelId: 'channel', isTakeover }) as const
    expect(await counted(taken(false), taken(true))).toEqual(['kptv_takeovers_total 1'])
  })

  test('count dropped messages by their reason', async () => {
    const dropped = (reason: 'foreign' | 'stale' | 'unsent') => ({ type: 'message-dropped', reason }) as const
    expect(await counted(dropped('stale'), dropped('unsent'), dropped('stale'))).toEqual([
      'kptv_relay_dropped_messages_total{reason="stale"} 2',
      'kptv_relay_dropped_messages_total{reason="unsent"} 1',
    ])
  })

  test('count the media of viewers and channels', async () => {
    const left = { type: 'viewer-left', channelId: 'channel', reason: 'left', sentBytes: 188, jumps: 1 } as const
    expect(await counted({ type: 'media-received', channelId: 'channel', bytes: 376 }, left)).toEqual([
      'kptv_media_received_bytes_total 376',
      'kptv_viewers_left_total 1',
      'kptv_media_sent_bytes_total 188',
      'kptv_viewer_jumps_total 1',
    ])
  })
})

describe('the log', () => {
  const lines = (...events: EdgeEvent[]): string[] => {
    const written: string[] = []
    const write = (level: string) => (fields: object, message: string) =>
      void written.push(`${level} ${message} ${JSON.stringify(fields)}`)
    const logger = { debug: write('debug'), info: write('info'), warn: write('warn') } as unknown as Logger
    const log = logEvents(logger)
    for (const event of events) log(event)
    return written
  }

  test('warns when this node has no stream left, but not when it only lets another node lead', () => {
    const given = { type: 'lead-given-up', channelId: 'channel' } as const
    expect(lines({ ...given, reason: undefined }, { ...given, reason: 'streams-failing' })).toEqual([
      'warn no stream left on this node, other nodes may try {"channel":"channel","reason":"streams-failing"}',
    ])
  })

  test('names streams by their ids', () => {
    expect(lines({ type: 'stream-failed', code: 'stalled', ...SUBJECT })).toEqual([
      'warn stream failed or ended {"channel":"channel","source":"source","stream":"stream","reason":"stalled"}',
    ])
  })
})
