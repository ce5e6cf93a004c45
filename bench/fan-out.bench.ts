/**
 * The cost of one channel's viewers to one edge process, how soon late viewers get media, and
 * whether slow ones harm the others.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import {
  median,
  openViewer,
  quantile,
  startFakeProviderProcess,
  startProcess,
  startRedisForTests,
  type TableRow,
} from '@kptv/testkit'
import { type GapFigures, gapFigures, type LightViewer, openLightViewer, type Watched } from './light-viewer.ts'
import { readMetrics, readUsage, type Usage, usedBetween } from './process-usage.ts'
import { duration, megabytes, printTable, printTitle, ratio } from './report.ts'
import { startEdge, startWorker, waitUntilReady, withItsLastLines } from './start-product.ts'

const BITS_PER_SECOND = 8_000_000
const WATCH_MS = 10_000
/**
 * How long good viewers are watched beside bad ones; the long form, for that alone, is `npm run
 * bench -- fan-out --seconds 600`.
 */
const { values: given } = parseArgs({ options: { seconds: { type: 'string', default: '10' } } })
const BESIDE_MS = Number(given.seconds) * 1000
const IS_LONG = BESIDE_MS > 60_000
const SETTLE_MS = 1_500
const LEAVE_MS = 500
const LATE_JOINERS = 40
const LATE_JOINER_EVERY_MS = 50
const EARLY_MS = 6_000
/** Four seconds of this channel: a bad viewer falls out of it while we measure. */
const RINGS = { BUFFER_SIZE_PER_STREAM: '4MB', MAX_BUFFER_SIZE: '256MB' }

type Scenario = {
  readonly viewers: number
  /**
   * Two come before the others, so that a bad one has filled the buffers of the kernel with what it
   * does not read.
   */
  readonly early?: 'two good' | 'two bad'
  readonly watchMs?: number
  /** Of the two that the provider has. */
  readonly channel?: 0 | 1
}

type Figures = {
  readonly edge: Usage
  readonly memoryBeforeBytes: number
  /** Of this process, which is all viewers. */
  readonly benchCpuSeconds: number
  /**
   * Calculated on request: meanwhile this process reads nothing, and viewers of another edge would
   * seem to wait.
   */
  readonly gaps: () => GapFigures
  readonly lateFirstBytesMs: readonly number[]
  /** Times that viewers fell out of the ring. */
  readonly jumps: number
  /** Of the edge's memory while it was watched. */
  readonly growthBytes: number
  /** The checker's findings in the bytes of the slow viewer; `undefined` without one. */
  readonly slowFlaws: number | undefined
}

await using redis = await startRedisForTests({ isPrivate: true })
const media = { kind: 'maker', options: { bitsPerSecond: BITS_PER_SECOND } } as const
const entries = ['101', '102'].map((streamId) => ({ streamId, name: `Channel ${streamId}`, media }))
await using provider = await startFakeProviderProcess({
  entries,
  accounts: [{ user: 'user', password: 'pass', limit: 2 }],
})
const product = { redis, sources: `${await provider.playlistUrl()}|2`, settings: RINGS }
await using _worker = await startWorker(product)

const many: Figures[] = []
const withBad: Figures[] = []
if (IS_LONG) {
  // At the same time, each with its own edge and channel, so that other work on the machine affects
  // both.
  const [without, beside] = await Promise.all([
    measureEdge({ viewers: 100, early: 'two good', watchMs: BESIDE_MS, channel: 0 }),
    measureEdge({ viewers: 100, early: 'two bad', watchMs: BESIDE_MS, channel: 1 }),
  ])
  many.push(without)
  withBad.push(beside)
} else {
  // Twice in turn: what differs as much between two equal columns is the machine.
  for (let turn = 0; turn < 2; turn++) {
    many.push(await measureEdge({ viewers: 100, early: 'two good', watchMs: BESIDE_MS }))
    withBad.push(await measureEdge({ viewers: 100, early: 'two bad', watchMs: BESIDE_MS }))
  }
}

const cpu = ({ edge }: Figures) => edge.cpuSeconds
if (!IS_LONG) await printCosts(many[0]!)
printBeside()

/** The cost of 100 viewers, compared with fewer and with plain writes. */
async function printCosts(hundred: Figures): Promise<void> {
  const alone = await measureEdge({ viewers: 1 })
  const some = await measureEdge({ viewers: 20 })
  const plain = await measurePlain(100)
  const costs = (label: string, show: (figures: Figures) => string, comparison = ''): TableRow => [
    label,
    show(alone),
    show(some),
    show(hundred),
    comparison,
    show(plain),
  ]
  const share = (figures: Figures, viewers: number) => `${((1000 * cpu(figures)) / viewers).toFixed(1)} ms`
  const shares = [share(alone, 1), share(some, 20), share(hundred, 100), ratio(cpu(hundred) / 100, cpu(alone))]
  printTitle(`fan-out: one edge process, one channel of ${BITS_PER_SECOND / 1e6} Mbit/s, ${duration(WATCH_MS)}`)
  printTable(
    ['viewers', '1', '20', '100', '100 : 1', '100, plain writes'],
    [
      costs('CPU of the edge', (one) => `${cpu(one).toFixed(2)} s`, ratio(cpu(hundred), cpu(alone))),
      ['… per viewer', ...shares, share(plain, 100)],
      costs('CPU of all viewers (the bench)', (one) => `${one.benchCpuSeconds.toFixed(2)} s`),
      costs(
        'memory of the edge',
        (one) => megabytes(one.edge.memoryBytes),
        ratio(hundred.edge.memoryBytes, alone.edge.memoryBytes),
      ),
      costs('… before the viewers came', (one) => megabytes(one.memoryBeforeBytes)),
      costs('first byte of a late joiner, p50', (one) => duration(median(one.lateFirstBytesMs))),
      costs('first byte of a late joiner, p95', (one) => duration(quantile(one.lateFirstBytesMs, 0.95))),
      costs('longest gap of a viewer, p95', (one) => duration(one.gaps().longestP95)),
    ],
  )
  printTable(
    ['CPU of the edge for 100 viewers', 'ratio'],
    [['against plain writes of as many bytes', ratio(cpu(hundred), cpu(plain))]],
  )
}

/** The good ones among them, without and with bad ones. */
function printBeside(): void {
  printTitle('fan-out: gaps of 100 good viewers, without and with one that stops reading and one that reads 100 kB/s')
  printTable(
    ['', ...['without', 'with', 'ratio', 'without again', 'with again', 'ratio'].slice(0, 3 * many.length)],
    [
      gapRow('all gaps, p50', (gaps) => gaps.p50),
      gapRow('all gaps, p95', (gaps) => gaps.p95),
      gapRow('all gaps, p99', (gaps) => gaps.p99),
      gapRow('longest of a viewer, p50', (gaps) => gaps.longestP50),
      gapRow('longest of a viewer, p95', (gaps) => gaps.longestP95),
      gapRow('longest of all', (gaps) => gaps.longest),
      sideBySide('least media of a viewer : most', ({ gaps }) => `${(100 * gaps().leastShare).toFixed(1)} %`),
      sideBySide('CPU of the edge', (one) => `${cpu(one).toFixed(2)} s`),
      sideBySide('memory of the edge', (one) => megabytes(one.edge.memoryBytes)),
      sideBySide('… its growth meanwhile', (one) => megabytes(one.growthBytes)),
      sideBySide("flaws in the slow one's bytes", (one) => (one.slowFlaws === undefined ? '' : String(one.slowFlaws))),
      sideBySide('jumps, of the bad ones too', (one) => String(one.jumps)),
    ],
  )
}

// Both await their results: otherwise their process would be stopped before it is measured.
async function measureEdge(scenario: Scenario): Promise<Figures> {
  await using edge = await startEdge(product)
  await waitUntilReady(edge)
  const playlist = await (await fetch(`${edge.url}/playlist.m3u8`)).text()
  const stream = playlist.match(/^http:\S+\/stream\/\S+$/gm)?.[scenario.channel ?? 0]
  if (stream === undefined) throw new Error('the playlist lacks a channel')
  return await withItsLastLines(edge.process, () => measure({ stream, adminUrl: edge.adminUrl }, scenario))
}

async function measurePlain(viewers: number): Promise<Figures> {
  const file = new URL('./plain-fan-out.ts', import.meta.url)
  await using server = await startProcess({ file, env: { BITS_PER_SECOND: String(BITS_PER_SECOND) } })
  const { json } = await server.waitForLine('plain fan-out is ready')
  const addresses = { stream: `${json?.url}/stream/1`, adminUrl: String(json?.url) }
  return await withItsLastLines(server, () => measure(addresses, { viewers }))
}

async function measure(
  { stream, adminUrl }: { readonly stream: string; readonly adminUrl: string },
  { viewers: count, early, watchMs = WATCH_MS }: Scenario,
): Promise<Figures> {
  const { memoryBytes: memoryBeforeBytes } = await readUsage(adminUrl)
  const stopped = early === 'two bad' ? await openLightViewer(stream, 'stopped') : undefined
  const slow = early === 'two bad' ? await openViewer(stream, { pace: { bytesPerSecond: 100_000 } }) : undefined
  const good = early === 'two good' ? await openViewers(stream, 2) : []
  if (early !== undefined) await sleep(EARLY_MS)
  const viewers = [...good, ...(await openViewers(stream, count - good.length))]
  await sleep(SETTLE_MS)

  const before = await readUsage(adminUrl)
  const cpuBefore = process.cpuUsage()
  for (const viewer of viewers) viewer.take()
  await sleep(watchMs)
  const watched = viewers.map((viewer) => viewer.take())
  const { user, system } = process.cpuUsage(cpuBefore)
  const after = await readUsage(adminUrl)
  const edge = usedBetween(before, after)
  expectMedia(watched, watchMs)

  const lateFirstBytesMs = await joinLate(stream)
  const slowFlaws = slow?.report().problems.length
  for (const viewer of [...viewers, stopped, slow]) viewer?.close()
  // Viewers are counted when they have left.
  await sleep(LEAVE_MS)
  const jumps = (await readMetrics(adminUrl)).get('kptv_viewer_jumps_total') ?? 0
  const growthBytes = after.memoryBytes - before.memoryBytes
  const benchCpuSeconds = (user + system) / 1e6
  let reckoned: GapFigures | undefined
  const gaps = () => (reckoned ??= gapFigures(watched))
  return { edge, memoryBeforeBytes, growthBytes, benchCpuSeconds, gaps, lateFirstBytesMs, jumps, slowFlaws }
}

async function openViewers(stream: string, count: number): Promise<LightViewer[]> {
  return Promise.all(Array.from({ length: count }, () => openLightViewer(stream)))
}

/** While the others watch on. */
async function joinLate(stream: string): Promise<number[]> {
  const firstBytes: number[] = []
  for (let joiner = 0; joiner < LATE_JOINERS; joiner++) {
    const viewer = await openLightViewer(stream)
    firstBytes.push(viewer.firstByteMs)
    viewer.close()
    await sleep(LATE_JOINER_EVERY_MS)
  }
  return firstBytes
}

/** Without media there would be nothing to measure, and it would look cheap. */
function expectMedia(watched: readonly Watched[], watchMs: number): void {
  const expected = (BITS_PER_SECOND / 8) * (watchMs / 1000)
  const least = Math.min(...watched.map(({ bytes }) => bytes))
  if (least < expected * 0.5) throw new Error(`a viewer got ${least} bytes instead of about ${expected}`)
}

function gapRow(label: string, read: (gaps: GapFigures) => number): TableRow {
  const pairs = many.map((without, turn) => [read(without.gaps()), read(withBad[turn]!.gaps())] as const)
  return [label, ...pairs.flatMap(([without, bad]) => [duration(without), duration(bad), ratio(bad, without)])]
}

function sideBySide(label: string, show: (figures: Figures) => string): TableRow {
  return [label, ...many.flatMap((without, turn) => [show(without), show(withBad[turn]!), ''])]
}
