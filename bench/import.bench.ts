/**
 * An import from the provider's HTTP answer to the playlist that players get, with a real worker, a
 * real edge and a separate Redis.
 */
import { request } from 'node:http'
import { parseArgs } from 'node:util'
import {
  findFreePort,
  median,
  type RedisForTests,
  type StartedProcess,
  startFakeProviderProcess,
  startRedisForTests,
  type TableRow,
} from '@kptv/testkit'
import { writeMadeList } from './made-list.ts'
import { parseList } from './parse-list.ts'
import { cpuSecondsOf, readMetrics, readUsage, watchMemory } from './process-usage.ts'
import { count, duration, megabytes, printTable, printTitle, ratio } from './report.ts'
import { familyOf, runSecondsOf } from './run-time.ts'
import { startEdge, startWorker, waitUntilReady } from './start-product.ts'

/**
 * Of the larger of both lists; a million needs some minutes: `npm run bench -- import --entries
 * 1000000`.
 */
const { values: given } = parseArgs({ options: { entries: { type: 'string', default: '200000' } } })
const ENTRIES = Number(given.entries)
const SMALLER = 0.2
const NAMES_PER_ENTRY = 0.3
const ACCOUNT = { user: 'bench-viewer-1', password: 'x7Kq2mW9', limit: 1 }
const CACHED_REQUESTS = 9
const DEADLINE_MS = 900_000

type Size = { readonly entries: number; readonly names: number }
type Download = { readonly ms: number; readonly bytes: number }

type Figures = Size & {
  readonly listBytes: number
  /** The same list in this process, without network, sealing and Redis. */
  readonly parseMs: number
  /** From the start of the import to the good list in Redis. */
  readonly stageMs: number
  readonly buildMs: number
  /**
   * From the start of the import to the catalogue that can be served, with what lies between both
   * jobs.
   */
  readonly allMs: number
  readonly stagePeakBytes: number
  readonly workerPeakBytes: number
  /** CPU time of the worker for the whole import: what an idle machine would need. */
  readonly cpuSeconds: number
  /** Of worker, edge and supervisor meanwhile. */
  readonly allCpuSeconds: number
  readonly stageDelayMs: number
  readonly buildDelayMs: number
  /** With the new catalogue, before the first request. */
  readonly edgeIdleBytes: number
  readonly edgeBytes: number
  readonly edgePeakBytes: number
  readonly edgeDelayMs: number
  readonly redisBytes: number
  readonly redisPeakBytes: number
  readonly cold: Download
  readonly cachedMs: number
  readonly gzip: Download
}

if (!(ENTRIES >= 1000)) throw new Error('--entries takes a number from 1000 on')
const [less, full] = [await measure(sizeOf(ENTRIES * SMALLER)), await measure(sizeOf(ENTRIES))]
printTitle('import: HTTP → worker → Redis → edge → playlist')
printTable(
  [
    'entries / names',
    `${count(less.entries)} / ${count(less.names)}`,
    `${count(full.entries)} / ${count(full.names)}`,
    'ratio',
  ],
  [
    row('list', (one) => one.listBytes, megabytes),
    row('parsed only, in the bench itself: entries a second', (one) => perSecond(one, one.parseMs), count),
    row('fetched, parsed and staged: entries a second', (one) => perSecond(one, one.stageMs), count),
    row('built: entries a second', (one) => perSecond(one, one.buildMs), count),
    row('start of the import → ready to be served', (one) => one.allMs, duration),
    row('start of the import → ready: entries a second', (one) => perSecond(one, one.allMs), count),
    row('worker, entries a second of its CPU time', (one) => one.entries / one.cpuSeconds, count),
    row(
      'CPU seconds of worker, edge and supervisor',
      (one) => one.allCpuSeconds,
      (seconds) => seconds.toFixed(1),
    ),
    row('worker, event loop delay p99 while staging', (one) => one.stageDelayMs, duration),
    row('… while building', (one) => one.buildDelayMs, duration),
    row('worker, peak memory until staged', (one) => one.stagePeakBytes, megabytes),
    row('worker, peak memory until built', (one) => one.workerPeakBytes, megabytes),
    row('Redis used_memory, added', (one) => one.redisBytes, megabytes),
    row('Redis used_memory, added at the peak', (one) => one.redisPeakBytes, megabytes),
    row('edge, memory before the first playlist', (one) => one.edgeIdleBytes, megabytes),
    row('… after it', (one) => one.edgeBytes, megabytes),
    row('… at its peak', (one) => one.edgePeakBytes, megabytes),
    row('edge, event loop delay p99', (one) => one.edgeDelayMs, duration),
    row('first playlist (cold)', (one) => one.cold.ms, duration),
    row(`next playlist (cached), median of ${CACHED_REQUESTS}`, (one) => one.cachedMs, duration),
    row('… gzip', (one) => one.gzip.ms, duration),
    row('playlist, plain', (one) => one.cold.bytes, megabytes),
    row('playlist, gzip', (one) => one.gzip.bytes, megabytes),
  ],
)
printTable(
  ['at the full size', 'ratio'],
  [
    ['fetched, parsed and staged : parsed only', ratio(full.stageMs, full.parseMs)],
    ['cold : cached', ratio(full.cold.ms, full.cachedMs)],
    ['plain : gzip', ratio(full.cold.bytes, full.gzip.bytes)],
  ],
)

function row(label: string, read: (figures: Figures) => number, show: (value: number) => string): TableRow {
  return [label, show(read(less)), show(read(full)), ratio(read(full), read(less))]
}

function sizeOf(entries: number): Size {
  return { entries: Math.round(entries), names: Math.round(entries * NAMES_PER_ENTRY) }
}

function perSecond({ entries }: Size, ms: number): number {
  return entries / (ms / 1000)
}

async function measure(size: Size): Promise<Figures> {
  const port = await findFreePort()
  await using list = await writeMadeList({ ...size, ...ACCOUNT, base: `http://127.0.0.1:${port}` })
  await using provider = await startFakeProviderProcess({ port, accounts: [ACCOUNT], playlist: { path: list.path } })
  await using redis = await startRedisForTests({ isPrivate: true })
  const product = { redis, sources: `${await provider.playlistUrl()}|1` }
  const parseMs = timeParse(list.path)
  await using edge = await startEdge(product)
  const emptyBytes = await redisMemory(redis, 'used_memory')

  await using worker = await startWorker(product)
  const workerMemory = watchMemory(worker.pid)
  const started = await timeOfLine(worker, 'import started')
  const cpuAtStart = cpuSecondsOf(worker.pid)
  const ours = [worker.pid, ...familyOf(edge.process.pid)]
  const allAtStart = runSecondsOf(ours)
  const imported = await timeOfLine(worker, 'list imported')
  const stagePeakBytes = workerMemory.peakBytes()
  const built = await worker.waitForLine('catalogue built', { deadlineMs: DEADLINE_MS })
  const allMs = (await timeOfLine(worker, 'catalogue built')) - started
  if (Number(built.json?.channels) !== size.names) throw new Error(`an unexpected catalogue: ${built.text}`)
  const cpuSeconds = cpuSecondsOf(worker.pid) - cpuAtStart
  const allCpuSeconds = runSecondsOf(ours) - allAtStart
  workerMemory.stop()
  const lineOfList = await worker.waitForLine('list imported', { deadlineMs: DEADLINE_MS })

  await waitUntilReady(edge)
  const edgeIdleBytes = (await readUsage(edge.adminUrl)).memoryBytes
  const edgeMemory = watchEdge(edge.adminUrl)
  const cold = await download(`${edge.url}/playlist.m3u8`)
  const cached: number[] = []
  for (let turn = 0; turn < CACHED_REQUESTS; turn++) cached.push((await download(`${edge.url}/playlist.m3u8`)).ms)
  const gzip = await download(`${edge.url}/playlist.m3u8`, { 'accept-encoding': 'gzip' })
  const edgeDelayMs =
    1000 * ((await readMetrics(edge.adminUrl)).get('kptv_nodejs_eventloop_lag_p99_seconds') ?? Number.NaN)
  edgeMemory.stop()
  return {
    ...size,
    listBytes: list.bytes,
    parseMs,
    stageMs: imported - started,
    buildMs: Number(built.json?.tookMs),
    allMs,
    stagePeakBytes,
    workerPeakBytes: workerMemory.peakBytes(),
    cpuSeconds,
    allCpuSeconds,
    stageDelayMs: Number(lineOfList.json?.loopDelayP99Ms),
    buildDelayMs: Number(built.json?.loopDelayP99Ms),
    edgeIdleBytes,
    edgePeakBytes: edgeMemory.peakBytes(),
    edgeDelayMs,
    edgeBytes: (await readUsage(edge.adminUrl)).memoryBytes,
    redisBytes: (await redisMemory(redis, 'used_memory')) - emptyBytes,
    redisPeakBytes: (await redisMemory(redis, 'used_memory_peak')) - emptyBytes,
    cold,
    cachedMs: median(cached),
    gzip,
  }
}

/** The memory that an edge reports: its supervisor is another process. */
function watchEdge(adminUrl: string) {
  let peak = 0
  const timer = setInterval(async () => {
    peak = Math.max(
      peak,
      await readUsage(adminUrl).then(
        ({ memoryBytes }) => memoryBytes,
        () => 0,
      ),
    )
  }, 200)
  return { peakBytes: () => peak, stop: () => clearInterval(timer) }
}

/** The second of two runs: the first one warms up. */
function timeParse(path: string): number {
  parseList(path)
  const startedAt = performance.now()
  parseList(path)
  return performance.now() - startedAt
}

/**
 * When the worker wrote it, ms; by its own clock, because we read its lines late while we are busy.
 */
async function timeOfLine(worker: StartedProcess, text: string): Promise<number> {
  const line = await worker.waitForLine(text, { deadlineMs: DEADLINE_MS })
  return Date.parse(String(line.json?.time))
}

async function redisMemory(redis: RedisForTests, field: 'used_memory' | 'used_memory_peak'): Promise<number> {
  const info = String(await redis.command('INFO', 'memory'))
  return Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(info)?.[1])
}

/** The bytes as they come over the line, to the last one. */
function download(url: string, headers: Record<string, string> = {}): Promise<Download> {
  const startedAt = performance.now()
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { headers, agent: false }, (response) => {
      let bytes = 0
      if (response.statusCode !== 200) reject(new Error(`${url} answers ${response.statusCode}`))
      response.on('data', (piece: Buffer) => {
        bytes += piece.length
      })
      response.once('end', () => resolve({ ms: performance.now() - startedAt, bytes }))
      response.once('error', reject)
    })
    outgoing.once('error', reject)
    outgoing.end()
  })
}
