/**
 * The rows by which proxies are compared, without the other proxies: viewers of one channel,
 * channels with one viewer each, leader and follower. Each is compared with a program that only
 * writes or pipes the same bytes. CPU is that of all our processes, as the scheduler counts it.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type RedisForTests, type StartedProcess, startProcess, startRedisForTests, type TableRow } from '@kptv/testkit'
import type { ViewersOrder, ViewersReport } from './counting-viewers.ts'
import { megabytes, printTable, printTitle, ratio } from './report.ts'
import { familyOf, memoryBytesOf, runSecondsOf } from './run-time.ts'
import { type RunningEdge, startEdge, startWorker, waitUntilReady, withItsLastLines } from './start-product.ts'

const BITS_PER_SECOND = 8_000_000
/** Of the media, null packets left out. */
const SHORT_BELOW = 0.9 * (BITS_PER_SECOND / 8)
const { values: given } = parseArgs({
  options: {
    seconds: { type: 'string', default: '8' },
    /**
     * Before measuring starts, so that compilation and caches do not count: code is compiled in the
     * first half minute.
     */
    warm: { type: 'string', default: '40' },
    viewers: { type: 'string', default: '1,50,200,500' },
    channels: { type: 'string', default: '5,20,60,150' },
    followed: { type: 'string', default: '10,20' },
    /** Milliseconds between two pieces from the provider; pieces on a real line are smaller. */
    every: { type: 'string', default: '20' },
  },
})
const WATCH_MS = 1000 * Number(given.seconds)
const WARM_MS = 1000 * Number(given.warm)
const numbers = (list: string) => list.split(',').filter(Boolean).map(Number)
const RINGS = { BUFFER_SIZE_PER_STREAM: '4MB', MAX_BUFFER_SIZE: '1GB' }

type Figures = {
  /** By program: leader, follower. */
  readonly used: ReadonlyArray<{
    readonly cpuSeconds: number
    readonly memoryBytes: number
    readonly fullCollections: number
  }>
  readonly reports: readonly ViewersReport[]
}

type Measured = { readonly process: StartedProcess; readonly urls: readonly string[] }

await using source = await startProcess({
  file: new URL('./media-source.ts', import.meta.url),
  env: { BITS_PER_SECOND: String(BITS_PER_SECOND), CHANNELS: '150', TICK_MS: given.every },
})
const sourcePort = Number((await source.waitForLine('media source is ready')).json?.port)
await using redis: RedisForTests = await startRedisForTests({ isPrivate: true })
const product = {
  redis,
  sources: `http://127.0.0.1:${sourcePort}/list.m3u|1000`,
  settings: RINGS,
  flags: ['--trace-gc'],
}
await using _worker = await startWorker(product)

const fanOut: TableRow[] = []
for (const viewers of numbers(given.viewers)) {
  const ours = await measureEdge({ channels: 1, viewers })
  const bare = await measureProgram('bare-write', viewers)
  fanOut.push(rowOf(viewers, ours, bare))
}
print('viewers of one channel', 'bare write', fanOut)

const many: TableRow[] = []
for (const channels of numbers(given.channels)) {
  const ours = await measureEdge({ channels, viewers: 1 })
  const bare = await measureProgram('bare-pipe', channels)
  many.push(rowOf(channels, ours, bare))
}
print('channels, one viewer each', 'bare pipe', many)

const followed: TableRow[] = []
for (const channels of numbers(given.followed)) followed.push(...(await measureFollower(channels)))
printTitle('peers-like: a leader and a follower, one viewer of each channel on both')
printTable(['channels', '', 'CPU s per GB', 'of a core', 'memory', 'short', 'gaps', 'lost', 'flaws'], followed)

function print(what: string, bareName: string, rows: readonly TableRow[]): void {
  printTitle(`peers-like: ${what}, ${BITS_PER_SECOND / 1e6} Mbit/s, ${WATCH_MS / 1000} s; CPU seconds per GB delivered`)
  const head: TableRow = [
    '',
    'ours',
    bareName,
    'ratio',
    'of a core',
    'memory',
    'full GCs',
    'short',
    'gaps',
    'lost',
    'flaws',
  ]
  printTable(head, rows)
}

function rowOf(label: number, ours: Figures, bare: Figures): TableRow {
  const [own, other] = [perGigabyte(ours, 0), perGigabyte(bare, 0)]
  const { memoryBytes, fullCollections } = ours.used[0]!
  return [
    String(label),
    own.toFixed(2),
    other.toFixed(2),
    ratio(own, other),
    ofACore(ours, 0),
    megabytes(memoryBytes),
    String(fullCollections),
    ...faults(ours.reports[0]!),
  ]
}

async function measureFollower(channels: number): Promise<TableRow[]> {
  await using leader = await startEdge({ ...product, settings: { ...product.settings, NODE_ID: 'leader' } })
  await using follower = await startEdge({ ...product, settings: { ...product.settings, NODE_ID: 'follower' } })
  const [first, second] = [await measured(leader, channels), await measured(follower, channels)]
  const figures = await withItsLastLines(follower.process, () => measure([first, second]))
  return ['leader', 'follower'].map(
    (name, index): TableRow => [
      index === 0 ? String(channels) : '',
      name,
      perGigabyte(figures, index).toFixed(2),
      ofACore(figures, index),
      megabytes(figures.used[index]!.memoryBytes),
      ...faults(figures.reports[index]!),
    ],
  )
}

async function measureEdge({
  channels,
  viewers,
}: {
  readonly channels: number
  readonly viewers: number
}): Promise<Figures> {
  await using edge = await startEdge(product)
  const one = await measured(edge, channels)
  const urls = one.urls.flatMap((url) => Array.from({ length: viewers }, () => url))
  return await withItsLastLines(edge.process, () => measure([{ ...one, urls }]))
}

async function measured(edge: RunningEdge, channels: number): Promise<Measured> {
  await waitUntilReady(edge)
  const playlist = await (await fetch(`${edge.url}/playlist.m3u8`)).text()
  const urls = (playlist.match(/^http:\S+\/stream\/\S+$/gm) ?? []).slice(0, channels)
  if (urls.length < channels) throw new Error(`the playlist holds ${urls.length} channels`)
  return { process: edge.process, urls }
}

async function measureProgram(name: 'bare-write' | 'bare-pipe', count: number): Promise<Figures> {
  const file = new URL(`./${name}.ts`, import.meta.url)
  const env = { BITS_PER_SECOND: String(BITS_PER_SECOND), SOURCE_PORT: String(sourcePort) }
  await using program = await startProcess({ file, env })
  const { json } = await program.waitForLine('bare program is ready')
  const urls = Array.from({ length: count }, (_, index) => `http://127.0.0.1:${json?.port}/${index + 1}.ts`)
  return await withItsLastLines(program, () => measure([{ process: program, urls }]))
}

/** The first program's viewers come first: on a cluster it leads. */
async function measure(programs: readonly Measured[]): Promise<Figures> {
  const counters = programs.map(() => fork(fileURLToPath(new URL('./counting-viewers.ts', import.meta.url))))
  const order = (index: number, what: ViewersOrder) => counters[index]!.send(what)
  try {
    for (const [index, { urls }] of programs.entries()) {
      order(index, { do: 'open', urls })
      await sleep(WARM_MS)
    }
    const families = programs.map(({ process }) => familyOf(process.pid))
    const before = programs.map(({ process }, index) => ({
      cpuSeconds: runSecondsOf(families[index]!),
      fullCollections: countFullCollections(process),
    }))
    for (const index of counters.keys()) order(index, { do: 'begin' })
    await sleep(WATCH_MS)
    const used = programs.map(({ process }, index) => ({
      cpuSeconds: runSecondsOf(families[index]!) - before[index]!.cpuSeconds,
      memoryBytes: memoryBytesOf(families[index]!),
      fullCollections: countFullCollections(process) - before[index]!.fullCollections,
    }))
    // All stop counting at the same time; to judge what they kept takes longer.
    const reports = counters.map((counter) => once(counter, 'message'))
    for (const index of counters.keys()) order(index, { do: 'report' })
    return { used, reports: (await Promise.all(reports)).map(([report]) => report as ViewersReport) }
  } finally {
    for (const counter of counters) counter.kill()
  }
}

function countFullCollections({ output }: StartedProcess): number {
  return output().match(/Mark-Compact/g)?.length ?? 0
}

function perGigabyte({ used, reports }: Figures, index: number): number {
  return used[index]!.cpuSeconds / (reports[index]!.bytes.reduce((sum, bytes) => sum + bytes, 0) / 1e9)
}

function ofACore({ used }: Figures, index: number): string {
  return ((used[index]!.cpuSeconds * 1000) / WATCH_MS).toFixed(3)
}

function faults({ bytes, gaps, lost, problems }: ViewersReport): string[] {
  const short = bytes.filter((one) => one < (SHORT_BELOW * WATCH_MS) / 1000).length
  if (problems.length > 0) console.log(problems.slice(0, 3))
  return [short, gaps, lost, problems.length].map(String)
}
