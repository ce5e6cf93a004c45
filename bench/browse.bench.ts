/**
 * What a page of the list of channels and a search cost the edge, with many channels: server CPU,
 * since the time on the wire depends on what else the machine does.
 */
import { parseArgs } from 'node:util'
import { type ChannelPage, channelPage } from '@kptv/contract'
import { median, startFakeProviderProcess, startRedisForTests } from '@kptv/testkit'
import { writeMadeList } from './made-list.ts'
import { count, duration, printTable, printTitle } from './report.ts'
import { familyOf, runSecondsOf } from './run-time.ts'
import { startEdge, startWorker, waitUntilReady } from './start-product.ts'

const { values: given } = parseArgs({ options: { channels: { type: 'string', default: '300000' } } })
const CHANNELS = Number(given.channels)
const ACCOUNT = { user: 'bench-viewer-1', password: 'x7Kq2mW9', limit: 1 }
/** An address may send 120 searches a minute. */
const REQUESTS = 40
const PER_PAGE = 50
const DEADLINE_MS = 900_000

type Cost = { readonly medianMs: number; readonly maxMs: number }

await using list = await writeMadeList({ ...ACCOUNT, entries: CHANNELS })
await using provider = await startFakeProviderProcess({ accounts: [ACCOUNT], playlist: { path: list.path } })
await using redis = await startRedisForTests({ isPrivate: true })
const product = { redis, sources: `${await provider.playlistUrl()}|1` }
await using worker = await startWorker(product)
await worker.waitForLine(({ json }) => json?.msg === 'catalogue built', { deadlineMs: DEADLINE_MS })
await using edge = await startEdge(product)
await waitUntilReady(edge)

const numbers = Array.from({ length: REQUESTS }, (_, index) => 1 + Math.floor((index * CHANNELS) / PER_PAGE / REQUESTS))
const first = await costOf(['page=1'], isPage)
// It waits for the index.
const index = await costOf(['page=2'], isPage)
const pages = await costOf(
  numbers.map((page) => `page=${page}`),
  isPage,
)
const rows: Array<readonly [string, Cost, string]> = [
  ['the first page of all', first, ''],
  ['the index, once for each catalogue', index, ''],
  ['a page of the list', pages, '100 ms'],
  [
    'a search that many match',
    await search(
      (index) => `news ${10 + index}`,
      (found) => found.matching > PER_PAGE,
    ),
    '100 ms',
  ],
  [
    'a search that few match',
    await search(
      (index) => `${CHANNELS - 1 - index}`,
      (found) => found.matching > 0,
    ),
    '100 ms',
  ],
  [
    'a search that none match',
    await search(
      (index) => `zzzz${index}`,
      (found) => found.matching === 0,
    ),
    '100 ms',
  ],
]

printTitle(`browse: ${count(CHANNELS)} channels, CPU of the edge for each request`)
printTable(
  ['', 'median', 'most', 'aim'],
  rows.map(([label, { medianMs, maxMs }, aim]) => [label, duration(medianMs), duration(maxMs), aim]),
)

function isPage({ pages: all, channels, page }: ChannelPage): boolean {
  return (
    all === Math.ceil(CHANNELS / PER_PAGE) &&
    channels.length === (page < all ? PER_PAGE : CHANNELS % PER_PAGE || PER_PAGE)
  )
}

function search(textOf: (index: number) => string, isRight: (found: ChannelPage) => boolean): Promise<Cost> {
  const queries = Array.from({ length: REQUESTS }, (_, index) => `q=${encodeURIComponent(textOf(index))}`)
  return costOf(queries, (found) => found.searched === CHANNELS && found.complete && isRight(found))
}

/** @throws Error when an answer is not the right one */
async function costOf(queries: readonly string[], isRight: (found: ChannelPage) => boolean): Promise<Cost> {
  const pids = familyOf(edge.process.pid)
  const costs: number[] = []
  for (const query of queries) {
    const before = runSecondsOf(pids)
    const answer: unknown = await (await fetch(`${edge.url}/api/channels?${query}`)).json()
    costs.push(1_000 * (runSecondsOf(pids) - before))
    const { data } = channelPage.safeParse(answer)
    if (data === undefined || !isRight(data)) throw new Error(`${query}: ${JSON.stringify(answer).slice(0, 300)}`)
  }
  return { medianMs: median(costs), maxMs: Math.max(...costs) }
}
