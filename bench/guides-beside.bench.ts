/**
 * Whether viewers notice an import of guides: a hundred of them play through an edge while a worker
 * reads guides and merges them on the same machine, and while the edge renders the result.
 */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { startFakeProviderProcess, startRedisForTests } from '@kptv/testkit'
import { HOUR_MS } from './made-guide.ts'
import { count, printTable, printTitle } from './report.ts'
import type { ServedGuides } from './serve-guides.ts'
import { startEdge, startWorker, waitUntilReady } from './start-product.ts'
import { openWatchers, VIEWERS, type Watched, watchedRows } from './watch-gaps.ts'

const { values } = parseArgs({ options: { guides: { type: 'string', default: '5' } } })
const BITS_PER_SECOND = 8_000_000
const WATCH_MS = 20_000
const SETTLE_MS = 2_000
const DEADLINE_MS = 900_000
const RINGS = { BUFFER_SIZE_PER_STREAM: '4MB', MAX_BUFFER_SIZE: '256MB' }

const fromMs = Math.ceil(Date.now() / HOUR_MS) * HOUR_MS
const served: ServedGuides = {
  guides: Number(values.guides),
  channels: 30_000,
  programmes: 1,
  listedEvery: 10,
  fromMs,
  isPrepared: true,
}
const media = { kind: 'maker', options: { bitsPerSecond: BITS_PER_SECOND } } as const
await using broadcaster = await startFakeProviderProcess({ entries: [{ streamId: '101', name: 'Played', media }] })
const guides = new Worker(new URL('./serve-guides.ts', import.meta.url), { workerData: served })
const [port] = (await once(guides, 'message')) as [number]
await using redis = await startRedisForTests({ isPrivate: true })
const played = `${await broadcaster.playlistUrl()}|1`
const sources = `${played},http://127.0.0.1:${port}/list.m3u|1`
await using edge = await startEdge({ redis, sources, settings: RINGS })
// The guides are named by a list that only the next worker knows.
await using first = await startWorker({ redis, sources: played })
await waitUntilReady(edge)
const { watchDuring, close } = await openWatchers(edge.url)
await first.stop()
await sleep(SETTLE_MS)

const without = await watchDuring(() => sleep(WATCH_MS))
await using worker = await startWorker({ redis, sources })
// Its start is not an import.
await worker.waitForLine('worker started')
const beside = await watchDuring(() =>
  worker.waitForLine(({ json }) => json?.msg === 'guide built' && json.programmes === listedProgrammes(served), {
    deadlineMs: DEADLINE_MS,
  }),
)
const rendering = await watchDuring(async () => (await fetch(`${edge.url}/guide.xml`)).arrayBuffer())
const again = await watchDuring(() => sleep(WATCH_MS))
close()
await guides.terminate()

const phases: Record<string, Watched> = {
  without,
  'beside the import': beside,
  'beside the first /guide.xml': rendering,
  'without again': again,
}
const programmes = count(served.guides * served.channels * served.programmes)
printTitle(
  `guides-beside: ${count(VIEWERS)} viewers of ${BITS_PER_SECOND / 1e6} Mbit/s, and an import of ${served.guides} guides with ${programmes} programmes`,
)
printTable(['', ...Object.keys(phases)], watchedRows(Object.values(phases)))

function listedProgrammes({ channels, listedEvery, guides, programmes }: ServedGuides): number {
  return (channels / listedEvery) * guides * programmes
}
