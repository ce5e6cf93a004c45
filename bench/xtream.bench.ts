/**
 * A large Xtream panel as a source, and `player_api.php` of an edge over it: with a real worker, a
 * real edge and a separate Redis.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startRedisForTests, type TableRow } from '@kptv/testkit'
import { startMadePanel } from './made-panel.ts'
import { readUsage, watchMemory } from './process-usage.ts'
import { count, duration, megabytes, printTable, printTitle, ratio } from './report.ts'
import { startEdge, startWorker, waitUntilReady } from './start-product.ts'

const { values: given } = parseArgs({ options: { live: { type: 'string', default: '200000' } } })
const LIVE = Number(given.live)
if (!(LIVE >= 1000)) throw new Error('--live takes a number from 1000 on')
const SMALLER = 0.1
const DEADLINE_MS = 900_000
const LOGIN = 'username=a&password=b'

type List = { readonly firstByteMs: number; readonly ms: number; readonly bytes: number }
type Figures = {
  readonly entries: number
  readonly allMs: number
  readonly workerPeakBytes: number
  readonly edgeIdleBytes: number
  readonly edgePeakBytes: number
  readonly edgeBytes: number
  readonly first: List
  readonly again: List
  readonly movies: List
}

const [less, full] = [await measure(LIVE * SMALLER), await measure(LIVE)]
printTitle('xtream: panel → worker → Redis → edge → player_api.php')
printTable(
  ['entries', count(less.entries), count(full.entries), 'ratio'],
  [
    row('start of the import → ready to be served', (one) => one.allMs, duration),
    row('worker, peak memory', (one) => one.workerPeakBytes, megabytes),
    row('edge, memory before the first list', (one) => one.edgeIdleBytes, megabytes),
    row('… at its peak', (one) => one.edgePeakBytes, megabytes),
    row('… after all lists', (one) => one.edgeBytes, megabytes),
    row('get_live_streams, which gives numbers: first byte', (one) => one.first.firstByteMs, duration),
    row('… last byte', (one) => one.first.ms, duration),
    row('… size', (one) => one.first.bytes, megabytes),
    row('get_live_streams again: first byte', (one) => one.again.firstByteMs, duration),
    row('… last byte', (one) => one.again.ms, duration),
    row('get_vod_streams: first byte', (one) => one.movies.firstByteMs, duration),
    row('… last byte', (one) => one.movies.ms, duration),
  ],
)

function row(label: string, read: (figures: Figures) => number, show: (value: number) => string): TableRow {
  return [label, show(read(less)), show(read(full)), ratio(read(full), read(less))]
}

async function measure(live: number): Promise<Figures> {
  const size = { live, movies: live / 2, series: live / 20 }
  await using panel = await startMadePanel(size)
  await using redis = await startRedisForTests({ isPrivate: true })
  const folder = await mkdtemp(join(tmpdir(), 'kptv-bench-'))
  await using files = new AsyncDisposableStack()
  files.defer(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'sources.yaml')
  await writeFile(file, `sources: [{name: panel, type: xtream, url: "${panel.url}", kinds: [live, movie, series]}]\n`)
  const product = { redis, sources: '', settings: { SOURCES_FILE: file } }
  await using edge = await startEdge(product)
  const startedAt = performance.now()
  await using worker = await startWorker(product)
  const memory = watchMemory(worker.pid)
  await worker.waitForLine('catalogue built', { deadlineMs: DEADLINE_MS })
  await waitUntilReady(edge)
  const allMs = performance.now() - startedAt
  const workerPeakBytes = memory.peakBytes()
  memory.stop()

  const edgeIdleBytes = (await readUsage(edge.adminUrl)).memoryBytes
  let edgePeakBytes = 0
  const timer = setInterval(async () => {
    const { memoryBytes } = await readUsage(edge.adminUrl).catch(() => ({ memoryBytes: 0 }))
    edgePeakBytes = Math.max(edgePeakBytes, memoryBytes)
  }, 200)
  const list = (action: string) => download(`${edge.url}/player_api.php?${LOGIN}&action=${action}`)
  const first = await list('get_live_streams')
  const again = await list('get_live_streams')
  const movies = await list('get_vod_streams')
  clearInterval(timer)
  const edgeBytes = (await readUsage(edge.adminUrl)).memoryBytes
  const entries = size.live + size.movies + size.series
  return { entries, allMs, workerPeakBytes, edgeIdleBytes, edgePeakBytes, edgeBytes, first, again, movies }
}

function download(url: string): Promise<List> {
  const startedAt = performance.now()
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent: false }, (response) => {
      let [bytes, firstByteMs] = [0, 0]
      if (response.statusCode !== 200) reject(new Error(`${url} answers ${response.statusCode}`))
      response.on('data', (piece: Buffer) => {
        if (bytes === 0) firstByteMs = performance.now() - startedAt
        bytes += piece.length
      })
      response.once('end', () => resolve({ firstByteMs, ms: performance.now() - startedAt, bytes }))
      response.once('error', reject)
    })
    outgoing.once('error', reject)
    outgoing.end()
  })
}
