/**
 * Guides through the whole product: read by a real worker, merged, and served by a real edge;
 * `-- --programmes 5` for 3 million of them, about 1.1 GB. What is served is counted separately.
 */
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { startRedisForTests, type TableRow } from '@kptv/testkit'
import { guideChannelOf, HOUR_MS } from './made-guide.ts'
import { cpuSecondsOf, readUsage, watchMemory } from './process-usage.ts'
import { count, duration, megabytes, printTable, printTitle } from './report.ts'
import type { ServedGuides } from './serve-guides.ts'
import { startEdge, startWorker, waitUntilReady } from './start-product.ts'

const { values } = parseArgs({ options: { programmes: { type: 'string', default: '1' } } })
const DEADLINE_MS = 1_800_000
const AT_ONCE = 200
/** A guide whose programmes are all past is refused. */
const fromMs = Math.ceil(Date.now() / HOUR_MS) * HOUR_MS

const many = { guides: 20, channels: 30_000, programmes: Number(values.programmes), listedEvery: 10, fromMs }
const large = { guides: 1, channels: 300_000, programmes: 4, listedEvery: 1, fromMs }
printTitle('guides: from the provider to /guide.xml')
printTable(['', `${many.guides} guides`], await measure(many))
printTable(['', `${count(large.channels)} channels`], await measure(large))

async function measure(served: ServedGuides): Promise<readonly TableRow[]> {
  const provider = new Worker(new URL('./serve-guides.ts', import.meta.url), { workerData: served })
  const [port] = (await once(provider, 'message')) as [number]
  await using redis = await startRedisForTests({ isPrivate: true })
  const product = { redis, sources: `http://127.0.0.1:${port}/list.m3u|1` }
  await using edge = await startEdge(product)
  await using worker = await startWorker(product)
  const memory = watchMemory(worker.pid)
  await worker.waitForLine('catalogue built', { deadlineMs: DEADLINE_MS })
  const cpuBefore = cpuSecondsOf(worker.pid)
  const startedAt = performance.now()
  const listed = served.channels / served.listedEvery
  const isComplete = ({ json }: { readonly json?: Readonly<Record<string, unknown>> | undefined }) =>
    json?.msg === 'guide built' && json.programmes === listed * served.guides * served.programmes
  await worker.waitForLine(isComplete, { deadlineMs: DEADLINE_MS })
  const builtMs = performance.now() - startedAt
  const cpuSeconds = cpuSecondsOf(worker.pid) - cpuBefore
  memory.stop()

  await waitUntilReady(edge)
  const idleBytes = (await readUsage(edge.adminUrl)).memoryBytes
  const first = await download(`${edge.url}/guide.xml`)
  const unchanged = await download(`${edge.url}/guide.xml`, { 'if-none-match': first.tag })
  if (unchanged.status !== 304) throw new Error(`the second request was answered ${unchanged.status}`)
  checkGuide(first, served)
  const afterBytes = (await readUsage(edge.adminUrl)).memoryBytes

  await using other = await startEdge(product)
  await waitUntilReady(other)
  const all = await Promise.all(
    Array.from({ length: AT_ONCE }, () => download(`${other.url}/guide.xml`, { 'accept-encoding': 'gzip' })),
  )
  if (new Set(all.map(({ bytes, tag }) => `${bytes} ${tag}`)).size !== 1) throw new Error('the answers differ')
  const misses = await counterOf(other.adminUrl, 'kptv_cache_misses_total{kind="guide"}')
  await provider.terminate()
  return [
    ['programmes read', count(served.channels * served.guides * served.programmes)],
    ['programmes served, as counted by the bench', count(first.programmes)],
    ['the catalogue stands → the guide stands', duration(builtMs)],
    ['worker, CPU for it', `${cpuSeconds.toFixed(1)} s`],
    ['worker, peak memory', megabytes(memory.peakBytes())],
    ['/guide.xml', megabytes(first.bytes)],
    ['first request, first byte', duration(first.firstByteMs)],
    ['first request, last byte', duration(first.ms)],
    ['edge, memory before it', megabytes(idleBytes)],
    ['edge, memory after it', megabytes(afterBytes)],
    [`renderings for ${AT_ONCE} requests at once`, count(misses)],
    ['edge, memory after those', megabytes((await readUsage(other.adminUrl)).memoryBytes)],
  ]
}

type Download = {
  readonly status: number | undefined
  readonly tag: string
  readonly bytes: number
  readonly firstByteMs: number
  readonly ms: number
  /** By channel id; of answers that are not compressed. */
  readonly byChannel: ReadonlyMap<string, number>
  readonly programmes: number
}

/** Reads an answer to its end, and counts its programmes. */
async function download(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Download> {
  const startedAt = performance.now()
  const [response] = (await once(get(url, { headers, agent: false }), 'response')) as [IncomingMessage]
  const isText = response.headers['content-encoding'] === undefined
  const byChannel = new Map<string, number>()
  let [bytes, programmes, firstByteMs, rest] = [0, 0, 0, '']
  for await (const chunk of response as AsyncIterable<Buffer>) {
    if (bytes === 0) firstByteMs = performance.now() - startedAt
    bytes += chunk.length
    if (!isText) continue
    const text = rest + chunk.toString('latin1')
    const end = text.lastIndexOf('>') + 1
    for (const [, id = ''] of text.slice(0, end).matchAll(/<programme [^>]*channel="([^"]*)"/g)) {
      byChannel.set(id, (byChannel.get(id) ?? 0) + 1)
      programmes += 1
    }
    rest = text.slice(end)
  }
  const { statusCode: status, headers: answered } = response
  return {
    status,
    tag: answered.etag ?? '',
    bytes,
    firstByteMs,
    ms: performance.now() - startedAt,
    byChannel,
    programmes,
  }
}

/** Everything that belongs to the catalogue is there, and nothing else. */
function checkGuide({ byChannel }: Download, { channels, listedEvery, guides, programmes }: ServedGuides): void {
  for (let channel = 0; channel < channels; channel += listedEvery) {
    const found = byChannel.get(guideChannelOf(channel))
    if (found !== guides * programmes) throw new Error(`channel ${channel} has ${found} programmes`)
  }
  if (byChannel.size !== channels / listedEvery) throw new Error('programmes of other channels are served')
}

async function counterOf(adminUrl: string, name: string): Promise<number> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text()
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `))
  return Number(line?.split(' ')[1])
}
