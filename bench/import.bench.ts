/** An import from the provider's HTTP answer to the playlist that players get: real worker, real edge, a Redis of its own. */
import { request } from 'node:http'
import {
  findFreePort,
  type RedisForTests,
  type StartedProcess,
  startFakeProviderProcess,
  startRedisForTests,
} from '@kptv/testkit'
import { median } from './distribution.ts'
import { writeMadeList } from './made-list.ts'
import { parseList } from './parse-list.ts'
import { readUsage, watchMemory } from './process-usage.ts'
import { count, duration, megabytes, printTable, printTitle, type Row, ratio } from './report.ts'
import { startEdge, startWorker, waitUntilReady } from './start-product.ts'

const SIZES = [
  { entries: 100_000, names: 30_000 },
  { entries: 200_000, names: 60_000 },
] as const
const ACCOUNT = { user: 'bench-viewer-1', password: 'x7Kq2mW9', limit: 1 }
const CACHED_REQUESTS = 9
const DEADLINE_MS = 120_000

type Size = (typeof SIZES)[number]
type Download = { readonly ms: number; readonly bytes: number }

type Figures = Size & {
  readonly listBytes: number
  /** The same list in this process, without network, sealing and Redis. */
  readonly parseMs: number
  /** From the start of the import to the good list in Redis. */
  readonly stageMs: number
  readonly buildMs: number
  /** From the start of the import to the catalogue that can be served, with what lies between both jobs. */
  readonly allMs: number
  readonly stagePeakBytes: number
  readonly workerPeakBytes: number
  readonly edgeBytes: number
  readonly redisBytes: number
  readonly redisPeakBytes: number
  readonly cold: Download
  readonly cachedMs: number
  readonly gzip: Download
}

const [half, full] = [await measure(SIZES[0]), await measure(SIZES[1])]
printTitle('import: HTTP → worker → Redis → edge → playlist')
printTable(
  [
    'entries / names',
    `${count(half.entries)} / ${count(half.names)}`,
    `${count(full.entries)} / ${count(full.names)}`,
    'ratio',
  ],
  [
    row('list', (one) => one.listBytes, megabytes),
    row('parsed only, in the bench itself: entries a second', (one) => perSecond(one, one.parseMs), count),
    row('fetched, parsed and staged: entries a second', (one) => perSecond(one, one.stageMs), count),
    row('built: entries a second', (one) => perSecond(one, one.buildMs), count),
    row('start of the import → ready to be served', (one) => one.allMs, duration),
    row('worker, peak memory until staged', (one) => one.stagePeakBytes, megabytes),
    row('worker, peak memory until built', (one) => one.workerPeakBytes, megabytes),
    row('Redis used_memory, added', (one) => one.redisBytes, megabytes),
    row('Redis used_memory, added at the peak', (one) => one.redisPeakBytes, megabytes),
    row('edge, memory after the first playlist', (one) => one.edgeBytes, megabytes),
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

function row(label: string, read: (figures: Figures) => number, show: (value: number) => string): Row {
  return [label, show(read(half)), show(read(full)), ratio(read(full), read(half))]
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
  const imported = await timeOfLine(worker, 'list imported')
  const stagePeakBytes = workerMemory.peakBytes()
  const built = await worker.waitForLine('catalogue built', { deadlineMs: DEADLINE_MS })
  const allMs = (await timeOfLine(worker, 'catalogue built')) - started
  if (Number(built.json?.channels) !== size.names) throw new Error(`an unexpected catalogue: ${built.text}`)
  workerMemory.stop()

  await waitUntilReady(edge)
  const cold = await download(`${edge.url}/playlist.m3u8`)
  const cached: number[] = []
  for (let turn = 0; turn < CACHED_REQUESTS; turn++) cached.push((await download(`${edge.url}/playlist.m3u8`)).ms)
  const gzip = await download(`${edge.url}/playlist.m3u8`, { 'accept-encoding': 'gzip' })
  return {
    ...size,
    listBytes: list.bytes,
    parseMs,
    stageMs: imported - started,
    buildMs: Number(built.json?.tookMs),
    allMs,
    stagePeakBytes,
    workerPeakBytes: workerMemory.peakBytes(),
    edgeBytes: (await readUsage(edge.adminUrl)).memoryBytes,
    redisBytes: (await redisMemory(redis, 'used_memory')) - emptyBytes,
    redisPeakBytes: (await redisMemory(redis, 'used_memory_peak')) - emptyBytes,
    cold,
    cachedMs: median(cached),
    gzip,
  }
}

/** The second of two runs: the first one warms up. */
function timeParse(path: string): number {
  parseList(path)
  const startedAt = performance.now()
  parseList(path)
  return performance.now() - startedAt
}

/** When the worker wrote it, ms; by its own clock, because we read its lines late while we are busy. */
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
