import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { readFigures } from './figure-log.ts'
import { createMetrics } from './metrics.ts'
import type { NodeFacts } from './node-gauges.ts'

const none = () => 0
const FACTS: NodeFacts = {
  viewers: () => 3,
  channelsInPlay: none,
  slotsHeld: none,
  connections: none,
  ringBytes: none,
  segmentBytes: () => 7,
  sourcesFileProblems: () => 2,
  usersFileProblems: () => 1,
  alarms: async () => [{ source: 'tv-1', code: 'shrunk' }],
  sourceConnections: async () => [
    { source: 'tv-1', inUse: 1, limit: 2 },
    { source: 'tv-2', inUse: 0, limit: Number.POSITIVE_INFINITY },
  ],
  catalog: async () => ({ channels: 40, streams: 90 }),
}
const away = () => Promise.reject(new Error('Redis is away'))

function watched(facts: Partial<NodeFacts> = {}) {
  const metrics = createMetrics()
  metrics.watch({ ...FACTS, ...facts })
  return metrics
}

test('gauges show the values at the moment of the scrape', async () => {
  const text = await watched().registry.metrics()
  for (const line of [
    'kptv_viewers 3',
    'kptv_hls_segment_bytes 7',
    'kptv_sources_file_problems 2',
    'kptv_users_file_problems 1',
    'kptv_source_alarm{source="tv-1",code="shrunk"} 1',
    'kptv_source_connections{source="tv-1"} 1',
    'kptv_source_connection_limit{source="tv-1"} 2',
    'kptv_source_connection_limit{source="tv-2"} +Inf',
    'kptv_catalog_channels 40',
    'kptv_catalog_streams 90',
  ])
    expect(text.split('\n')).toContain(line)
})

test('leaves out the gauges of Redis while it is away, rather than showing 0', async () => {
  const text = await watched({ alarms: away, sourceConnections: away, catalog: away }).registry.metrics()
  expect(text).toContain('kptv_viewers 3')
  expect(text).not.toMatch(/^kptv_(source_alarm|source_connection\w*|catalog_\w+)[ {]/m)
})

test('a removed source leaves the gauges', async () => {
  let sources = [{ source: 'tv-1', inUse: 1, limit: 1 }]
  const { registry } = watched({ sourceConnections: async () => sources })
  expect(await registry.metrics()).toContain('kptv_source_connections{source="tv-1"} 1')
  sources = []
  expect(await registry.metrics()).not.toContain('kptv_source_connections{')
})

test("the debug log has the product's metrics with their labels, and none of the process", async () => {
  const { registry, cacheHits } = watched()
  cacheHits.inc({ kind: 'playlist' }, 12)
  const figures = await readFigures(registry)
  expect(figures).toMatchObject({ kptv_viewers: 3, 'kptv_cache_hits_total{kind="playlist"}': 12 })
  expect(Object.keys(figures).filter((name) => /process|nodejs/.test(name))).toEqual([])
})

test('docs/operations.md has a row for each metric with its labels, and no others', async () => {
  const { registry } = watched()
  const figures = registry.getMetricsAsArray().filter(({ name }) => !/^kptv_(process|nodejs)_/.test(name))
  const expected = figures.map((metric) => {
    const { name, labelNames } = metric as unknown as { readonly name: string; readonly labelNames: string[] }
    return `${name}${labelNames.length === 0 ? '' : `{${labelNames.join(',')}}`} ${metric.constructor.name.toLowerCase()}`
  })
  const document = readFileSync(new URL('../../../../docs/operations.md', import.meta.url), 'utf8')
  const rows = document.matchAll(/^\| `(kptv_[^`]+)` \| (\w+) \|/gm)
  expect([...rows].map(([, name, type]) => `${name} ${type}`).sort()).toEqual(expected.sort())
})

describe('promtool', () => {
  const isThere = spawnSync('promtool', ['--version']).status === 0
  // Debian's package `prometheus` has it.
  ;(isThere ? test : test.skip)('finds nothing wrong with the metrics', async () => {
    const { registry, failures, retries } = watched()
    failures.inc({ source: 'tv-1', code: 'stalled' })
    retries.inc({ source: 'tv-1', code: 'stalled' })
    const { stdout, stderr, status } = spawnSync('promtool', ['check', 'metrics'], {
      input: await registry.metrics(),
      encoding: 'utf8',
    })
    expect({ status, findings: stdout + stderr }).toEqual({ status: 0, findings: '' })
  })
})
