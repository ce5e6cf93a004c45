/**
 * Whether viewers notice an import: a hundred of them play through an edge while a worker imports a
 * large list on the same machine.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { findFreePort, type StartedProcess, startFakeProviderProcess, startRedisForTests } from '@kptv/testkit'
import { writeMadeList } from './made-list.ts'
import { count, printTable, printTitle } from './report.ts'
import { type RunningEdge, startEdge, startWorker, waitUntilReady, withItsLastLines } from './start-product.ts'
import { openWatchers, VIEWERS, type Watched, watchedRows } from './watch-gaps.ts'

/** The long form is `npm run bench -- import-beside --entries 1000000`. */
const { values: given } = parseArgs({ options: { entries: { type: 'string', default: '200000' } } })
const ENTRIES = Number(given.entries)
const NAMES_PER_ENTRY = 0.3
const BITS_PER_SECOND = 8_000_000
const CHANNEL = 'Played channel'
const ACCOUNT = { user: 'bench-viewer-1', password: 'x7Kq2mW9', limit: 1 }
const WATCH_MS = 20_000
const SETTLE_MS = 2_000
const DEADLINE_MS = 900_000
const RINGS = { BUFFER_SIZE_PER_STREAM: '4MB', MAX_BUFFER_SIZE: '256MB' }

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
printTable(['', ...phases.map(([name]) => name)], watchedRows(phases.map(([, watched]) => watched)))

async function play({ url, adminUrl }: RunningEdge, worker: StartedProcess): Promise<Array<[string, Watched]>> {
  const { watchDuring: watch, close } = await openWatchers(url)
  await sleep(SETTLE_MS)

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
  close()
  return [
    ['without', without],
    ['beside the import', beside],
    ['beside the first playlist', rendering],
    ['without again', again],
  ]
}
