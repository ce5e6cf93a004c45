/** The cost of many HLS players to one edge, beside static files of the same size. */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startFakeProviderProcess, startProcess, startRedisForTests } from '@kptv/testkit'
import { download, HlsPlayer } from './hls-player.ts'
import { readMetrics, readUsage, type Usage, usedBetween } from './process-usage.ts'
import { duration, megabytes, printTable, printTitle, ratio } from './report.ts'
import { startEdge, startWorker, waitUntilReady, withItsLastLines } from './start-product.ts'

const BITS_PER_SECOND = 2_000_000
const SEGMENT_S = 4
const { values: given } = parseArgs({
  options: { players: { type: 'string', default: '500' }, seconds: { type: 'string', default: '40' } },
})
const PLAYERS = Number(given.players)
const WATCH_MS = Number(given.seconds) * 1_000

/** Less than a minute of the channel, so that the bound is reached. */
const BUFFER_BYTES = 10 * 1024 * 1024

type Figures = {
  readonly used: Usage
  readonly bytes: number
  readonly wrong: number
  /** Most that the edge held in segments. */
  readonly heldBytes: number
}

await using redis = await startRedisForTests({ isPrivate: true })
const media = { kind: 'maker', options: { bitsPerSecond: BITS_PER_SECOND } } as const
await using provider = await startFakeProviderProcess({ entries: [{ streamId: '101', name: 'Channel 1', media }] })
const product = {
  redis,
  sources: `${await provider.playlistUrl()}|1`,
  settings: { HLS_SEGMENT: `${SEGMENT_S}s`, HLS_BUFFER: String(BUFFER_BYTES) },
}
await using _worker = await startWorker(product)

const ours = await measureEdge()
const files = await measureFiles()
const perGigabyte = ({ used, bytes }: Figures) => used.cpuSeconds / (bytes / 1e9)
printTitle(`hls: ${PLAYERS} players of one channel of ${BITS_PER_SECOND / 1e6} Mbit/s, ${duration(WATCH_MS)}`)
printTable(
  ['', 'edge', 'static files', 'ratio'],
  [
    ['CPU', `${ours.used.cpuSeconds.toFixed(2)} s`, `${files.used.cpuSeconds.toFixed(2)} s`, ''],
    ['sent', megabytes(ours.bytes), megabytes(files.bytes), ''],
    [
      'CPU of a GB',
      `${perGigabyte(ours).toFixed(2)} s`,
      `${perGigabyte(files).toFixed(2)} s`,
      ratio(perGigabyte(ours), perGigabyte(files)),
    ],
    ['memory', megabytes(ours.used.memoryBytes), megabytes(files.used.memoryBytes), ''],
    [`segments held, HLS_BUFFER ${megabytes(BUFFER_BYTES)}`, megabytes(ours.heldBytes), '', ''],
    ['segments with wrong bytes', String(ours.wrong), '', ''],
  ],
)

async function measureEdge(): Promise<Figures> {
  await using edge = await startEdge(product)
  await waitUntilReady(edge)
  return await withItsLastLines(edge.process, async () => {
    let address = ''
    await download(`${edge.url}/playlist.m3u8?output=hls`, (text) => {
      address = /^http:\S+\.m3u8$/m.exec(text)?.[0] ?? ''
    })
    const checksums = new Map<string, number>()
    const opening = Array.from({ length: PLAYERS }, () => openPlayer(address, checksums))
    return await watch(edge.adminUrl, await Promise.all(opening))
  })
}

async function openPlayer(address: string, checksums: Map<string, number>): Promise<HlsPlayer> {
  let playlist = ''
  await download(address, (text) => {
    playlist = new URL(text.trim().split('\n').at(-1)!, address).href
  })
  return new HlsPlayer(playlist, checksums)
}

/** Players come one after the other within a segment, and then every segment. */
async function watch(adminUrl: string, players: readonly HlsPlayer[]): Promise<Figures> {
  const before = await readUsage(adminUrl)
  const end = performance.now() + WATCH_MS
  const run = async (player: HlsPlayer, index: number): Promise<void> => {
    await sleep((index / players.length) * SEGMENT_S * 1_000)
    while (performance.now() < end) {
      const turnAt = performance.now()
      await player.turn()
      await sleep(Math.max(0, turnAt + SEGMENT_S * 1_000 - performance.now()))
    }
  }
  let heldBytes = 0
  const sampling = setInterval(async () => {
    const held = (await readMetrics(adminUrl)).get('kptv_hls_segment_bytes') ?? Number.NaN
    heldBytes = Math.max(heldBytes, held)
  }, 1_000)
  await Promise.all(players.map(run))
  clearInterval(sampling)
  const sum = (read: (player: HlsPlayer) => number) => players.reduce((total, player) => total + read(player), 0)
  return {
    used: usedBetween(before, await readUsage(adminUrl)),
    bytes: sum(({ bytes }) => bytes),
    wrong: sum(({ wrong }) => wrong),
    heldBytes,
  }
}

async function measureFiles(): Promise<Figures> {
  const file = new URL('./static-files.ts', import.meta.url)
  const BYTES = String((BITS_PER_SECOND / 8) * SEGMENT_S)
  await using server = await startProcess({ file, env: { BYTES } })
  const { json } = await server.waitForLine('static files are ready')
  const url = String(json?.url)
  const before = await readUsage(url)
  let bytes = 0
  for (let turn = 0; turn < WATCH_MS / 1_000 / SEGMENT_S; turn++) {
    const turnAt = performance.now()
    const one = async (index: number): Promise<void> => {
      await sleep((index / PLAYERS) * SEGMENT_S * 1_000)
      const segment = await download(`${url}/segment`)
      bytes += segment.bytes
    }
    await Promise.all(Array.from({ length: PLAYERS }, (_, index) => one(index)))
    await sleep(Math.max(0, turnAt + SEGMENT_S * 1_000 - performance.now()))
  }
  return { used: usedBetween(before, await readUsage(url)), bytes, wrong: 0, heldBytes: 0 }
}
