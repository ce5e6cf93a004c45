/**
 * What open pages of operators cost the edge that they ask, and what it sends them: three edges,
 * many channels in play, some pages. In the end an edge is killed, and the page says how soon it
 * shows that.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { clusterKeys, connectRedis } from '@kptv/redis'
import { eventually, startProcess, startRedisForTests } from '@kptv/testkit'
import { type LightViewer, openLightViewer } from './light-viewer.ts'
import { type LivePage, openLivePage } from './live-page.ts'
import { count, duration, printTable, printTitle } from './report.ts'
import { familyOf, runSecondsOf } from './run-time.ts'
import { type RunningEdge, startEdge, startWorker, waitUntilReady } from './start-product.ts'

const { values: given } = parseArgs({
  options: {
    channels: { type: 'string', default: '100' },
    pages: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '20' },
  },
})
const CHANNELS = Number(given.channels)
const PAGES = Number(given.pages)
const WATCH_MS = Number(given.seconds) * 1_000
/** Streams of little media: what is measured is the page. */
const BITS_PER_SECOND = 400_000
const SETTLE_MS = 5_000
const PATIENCE = { deadlineMs: 120_000 }
/** One is played on the edge that will be killed, and followed on another. */
const FOLLOWED = 1

await using source = await startProcess({
  file: new URL('./media-source.ts', import.meta.url),
  env: { BITS_PER_SECOND: String(BITS_PER_SECOND), CHANNELS: String(CHANNELS), TICK_MS: '200' },
})
const sourcePort = Number((await source.waitForLine('media source is ready')).json?.port)
await using redis = await startRedisForTests({ isPrivate: true })
const product = { redis, sources: `http://127.0.0.1:${sourcePort}/list.m3u|1000` }
await using _worker = await startWorker(product)
await using asked = await startEdge({ ...product, settings: { NODE_ID: 'edge-1' } })
await using second = await startEdge({ ...product, settings: { NODE_ID: 'edge-2' } })
await using third = await startEdge({ ...product, settings: { NODE_ID: 'edge-3' } })
const edges = [asked, second, third]
for (const edge of edges) await waitUntilReady(edge)

const viewers = await playAll()
await sleep(SETTLE_MS)
const before = await publishedDuring(() => sleep(WATCH_MS))
const without = await cpuOf(asked, () => sleep(WATCH_MS))
const pages = await Promise.all(Array.from({ length: PAGES }, () => openLivePage(asked.adminUrl)))
await eventually('every page shows every channel', () => pages.every(isWhole), PATIENCE)
await sleep(SETTLE_MS)
for (const page of pages) page.take()
const withPages = await cpuOf(asked, () => sleep(WATCH_MS))
const sent = pages.map((page) => page.take())
if (!pages.every(isWhole)) throw new Error('a page lost a channel')
const death = await killAndWatch(pages[0]!)

printTitle(`admin: ${count(CHANNELS)} channels in play on three edges, ${PAGES} pages open on one of them`)
printTable(
  ['', 'measured', 'aim'],
  [
    ['messages published a second with no page open', perSecond(before), '0.0'],
    ['CPU of the asked edge without pages', share(without), ''],
    ['CPU of the asked edge with pages', share(withPages), ''],
    ['of it for each page', share((withPages - without) / PAGES), '1 %'],
    [
      'bytes a second to each page, nothing happens',
      count(Math.max(...sent.map(({ bytes }) => bytes)) / (WATCH_MS / 1_000)),
      '2,000',
    ],
    ['most of them are for', sent[0]?.mostIn ?? '', ''],
    ['the first message', `${count(pages[0]!.firstBytes)} bytes`, ''],
    ['from the kill of an edge until it is shown as gone', duration(death.goneMs), '2 s'],
    ['and until its channel has another leader', duration(death.leaderMs), '2 s'],
  ],
)
for (const page of pages) page.close()
for (const viewer of viewers) viewer.close()

async function playAll(): Promise<LightViewer[]> {
  const playlist = await (await fetch(`${asked.url}/playlist.m3u8`)).text()
  const paths = [...playlist.matchAll(/^http:\/\/[^/]+(\/stream\/\S+)$/gm)].map(([, path]) => path!)
  if (paths.length !== CHANNELS) throw new Error(`the playlist holds ${paths.length} channels`)
  const urls = paths.map((path, index) => edges[(index + 1) % edges.length]!.url + path)
  const played = await Promise.all(urls.map((url) => openLightViewer(url)))
  const followed = await Promise.all(paths.slice(0, FOLLOWED).map((path) => openLightViewer(third.url + path)))
  return [...played, ...followed]
}

function isWhole(page: LivePage): boolean {
  const rows = Object.values(page.state().channels)
  return rows.length === CHANNELS && rows.every(({ name, viewers }) => /^Channel \d+$/.test(name) && viewers > 0)
}

/** Messages for pages; the cluster has others. */
async function publishedDuring(work: () => Promise<unknown>): Promise<number> {
  const logger = { debug() {}, info() {}, warn() {}, error() {} }
  const subscriber = await connectRedis({ url: redis.url, role: 'subscriber', name: 'bench', logger })
  let messages = 0
  subscriber.on('message', () => {
    messages += 1
  })
  const { liveWanted, liveReports } = clusterKeys({ redisUrl: redis.url })
  await subscriber.subscribe(liveWanted, liveReports)
  await work()
  subscriber.disconnect()
  return messages
}

/** CPU seconds for each second, of the edge with its supervisor. */
async function cpuOf({ process }: RunningEdge, work: () => Promise<unknown>): Promise<number> {
  const pids = familyOf(process.pid)
  const [cpu, at] = [runSecondsOf(pids), performance.now()]
  await work()
  return (runSecondsOf(pids) - cpu) / ((performance.now() - at) / 1_000)
}

async function killAndWatch(page: LivePage): Promise<{ readonly goneMs: number; readonly leaderMs: number }> {
  const { channels } = page.state()
  const leads = (name: string) => Object.values(page.state().channels).find((row) => row.name === name)?.nodes[0]
  const row = Object.values(channels).find(({ nodes }) => nodes.length > 1)
  const victim = edges.find((_, index) => row?.nodes[0]?.node === `edge-${index + 1}`)
  if (row === undefined || victim === undefined || victim === asked) throw new Error('no channel is followed')
  const [name, leader] = [row.name, row.nodes[0]!.node]
  const at = performance.now()
  victim.process.killGroup('SIGKILL')
  const seen = async (what: string, isSeen: () => boolean) => {
    await eventually(what, isSeen, PATIENCE)
    return performance.now() - at
  }
  const [goneMs, leaderMs] = await Promise.all([
    seen('it is gone', () =>
      Object.values(page.state().nodes).some((one) => one.node === leader && one.state === 'gone'),
    ),
    seen('another leads', () => leads(name)?.role === 'leads' && leads(name)?.node !== leader),
  ])
  return { goneMs, leaderMs }
}

function share(value: number): string {
  return `${(100 * value).toFixed(2)} % of a core`
}

function perSecond(messages: number): string {
  return (messages / (WATCH_MS / 1_000)).toFixed(1)
}
