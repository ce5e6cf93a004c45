/**
 * Whether viewers notice an import: a hundred of them play through an edge while a worker imports a
 * large list on the same machine.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import {
  findFreePort,
  openViewer,
  type StartedProcess,
  startFakeProviderProcess,
  startRedisForTests,
  type TableRow,
  type Viewer,
} from '@kptv/testkit'
import { type GapFigures, gapFigures, type LightViewer, openLightViewer } from './light-viewer.ts'
import { writeMadeList } from './made-list.ts'
import { count, duration, printTable, printTitle } from './report.ts'
import { type RunningEdge, startEdge, startWorker, waitUntilReady, withItsLastLines } from './start-product.ts'

/** The long form is `npm run bench -- import-beside --entries 1000000`. */
const { values: given } = parseArgs({ options: { entries: { type: 'string', default: '200000' } } })
const ENTRIES = Number(given.entries)
const NAMES_PER_ENTRY = 0.3
const VIEWERS = 100
/** Besides them: each packet of theirs is checked. */
const CHECKED_VIEWERS = 2
const BITS_PER_SECOND = 8_000_000
const CHANNEL = 'Played channel'
const ACCOUNT = { user: 'bench-viewer-1', password: 'x7Kq2mW9', limit: 1 }
const WATCH_MS = 20_000
const SETTLE_MS = 2_000
const DEADLINE_MS = 900_000
const RINGS = { BUFFER_SIZE_PER_STREAM: '4MB', MAX_BUFFER_SIZE: '256MB' }

type Figures = { readonly tookMs: number; readonly gaps: GapFigures; readonly flaws: number }

if (!(ENTRIES >= 1000)) throw new Error('--entries takes a number from 1000 on')
const port = await findFreePort()
const base = `http://127.0.0.1:${port}`
await using list = await writeMadeList({ ...ACCOUNT, base, entries: ENTRIES, names: ENTRIES * NAMES_PER_ENTRY })
const media = { kind: 'maker', options: { bitsPerSecond: BITS_PER_SECOND } } as const
await using broadcaster = await startFakeProviderProcess({ entries: [{ streamId: '101', name: CHANNEL, media }] })
await using lister = await startFakeProviderProcess({ port, accounts: [ACCOUNT], playlist: { path: list.path } })
// Its list is requested once the viewers are connected.
await lister.setFaults({ playlist: 'empty' })
await using redis = await startRedisForTests({ isPrivate: true })
const sources = `${await broadcaster.playlistUrl()}|1,${await lister.playlistUrl()}|1`
await using worker = await startWorker({ redis, sources, settings: RINGS })
await using edge = await startEdge({ redis, sources, settings: RINGS })
await waitUntilReady(edge)

const phases = await withItsLastLines(edge.process, () => play(edge, worker))
printTitle(
  `import-beside: ${count(VIEWERS)} viewers of ${BITS_PER_SECOND / 1e6} Mbit/s, and an import of ${count(ENTRIES)} entries`,
)
printTable(
  ['', ...phases.map(([name]) => name)],
  [
    row('watched for', ({ tookMs }) => duration(tookMs)),
    row('all gaps, p50', ({ gaps }) => duration(gaps.p50)),
    row('all gaps, p95', ({ gaps }) => duration(gaps.p95)),
    row('all gaps, p99', ({ gaps }) => duration(gaps.p99)),
    row('longest of a viewer, p50', ({ gaps }) => duration(gaps.longestP50)),
    row('longest of all', ({ gaps }) => duration(gaps.longest)),
    row('least media of a viewer : most', ({ gaps }) => `${(100 * gaps.leastShare).toFixed(1)} %`),
    row('flaws that a checker found', ({ flaws }) => String(flaws)),
  ],
)

function row(label: string, show: (figures: Figures) => string): TableRow {
  return [label, ...phases.map(([, figures]) => show(figures))]
}

async function play({ url, adminUrl }: RunningEdge, worker: StartedProcess): Promise<Array<[string, Figures]>> {
  const playlist = await (await fetch(`${url}/playlist.m3u8`)).text()
  const stream = /^http:\S+\/stream\/\S+$/m.exec(playlist)?.[0]
  if (stream === undefined) throw new Error('the playlist holds no channel')
  const viewers = await Promise.all(Array.from({ length: VIEWERS }, () => openLightViewer(stream)))
  const checked = await Promise.all(Array.from({ length: CHECKED_VIEWERS }, () => openViewer(stream)))
  await sleep(SETTLE_MS)
  const watch = (work: () => Promise<unknown>) => watchDuring(work, { viewers, checked })

  const without = await watch(() => sleep(WATCH_MS))
  await lister.setFaults({})
  const beside = await watch(async () => {
    await fetch(`${adminUrl}/refresh`, { method: 'POST' })
    await worker.waitForLine(({ json }) => json?.msg === 'catalogue built' && Number(json.channels) > 1, {
      deadlineMs: DEADLINE_MS,
    })
  })
  const rendering = await watch(async () => (await fetch(`${url}/playlist.m3u8`)).arrayBuffer())
  const again = await watch(() => sleep(WATCH_MS))
  for (const viewer of [...viewers, ...checked]) viewer.close()
  return [
    ['without', without],
    ['beside the import', beside],
    ['beside the first playlist', rendering],
    ['without again', again],
  ]
}

async function watchDuring(
  work: () => Promise<unknown>,
  { viewers, checked }: { viewers: readonly LightViewer[]; checked: readonly Viewer[] },
): Promise<Figures> {
  const flawsOf = () => checked.reduce((sum, viewer) => sum + viewer.report().problems.length, 0)
  const [startedAt, flawsBefore] = [performance.now(), flawsOf()]
  for (const viewer of viewers) viewer.take()
  await work()
  const [tookMs, watched] = [performance.now() - startedAt, viewers.map((viewer) => viewer.take())]
  return { tookMs, gaps: gapFigures(watched), flaws: flawsOf() - flawsBefore }
}
