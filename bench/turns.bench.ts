/**
 * The longest turn of the event loop, whatever a provider sends: the media of all other channels
 * waits for it.
 */
import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { createPacketAligner, Splicer, StreamWatch } from '@kptv/mpegts'
import { createM3uParser } from '@kptv/playlist'
import type { TableRow } from '@kptv/testkit'
import { createAddressPolicy, openMedia } from '@kptv/upstream'
import { longestTurnMs } from './longest-turn.ts'
import { count, duration, megabytes, printTable, printTitle } from './report.ts'
import { TURN_CORPUS } from './turn-corpus.ts'
import { TURN_LISTS } from './turn-lists.ts'
import { TURN_MEDIA } from './turn-media.ts'

const GIVEN_MS = 4_000
/** What one read of a socket brings. */
const PIECE_BYTES = 64 * 1024
/** What the worker reads of a list before other work has its turn. */
const SLICE_BYTES = 16 * 1024
const allowAddress = createAddressPolicy({ allowedCidrs: ['127.0.0.0/8'], allowedHosts: [] })
const timeouts = { connectMs: 2_000, responseMs: 2_000 }

// Excludes compilation and loading.
await play('#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\na.ts\n#EXT-X-ENDLIST\n')

const rows: TableRow[] = []
for (const { name, size, make } of TURN_CORPUS) {
  const [once, twice] = [make(size), make(2 * size)]
  const turns = [await play(once), await play(twice)]
  rows.push([name, count(size), megabytes(once.length), ...turns.map(duration)])
}
printTitle('turns: the longest turn of the event loop, in CPU time, and that for twice as much')
printTable(['answer', 'parts', 'bytes', 'longest turn', 'for the double'], rows)

await splice(TURN_MEDIA[0]!.make(1024 ** 2))
const mediaRows: TableRow[] = []
for (const { name, bytes, make } of TURN_MEDIA) {
  const turns = [await splice(make(bytes)), await splice(make(2 * bytes))]
  mediaRows.push([name, megabytes(bytes), ...turns.map(duration)])
}
printTable(['media', 'bytes', 'longest turn', 'for the double'], mediaRows)

await readList(TURN_LISTS[0]!.make(1_000))
const listRows: TableRow[] = []
for (const { name, lines, make } of TURN_LISTS) {
  const [once, twice] = [make(lines), make(2 * lines)]
  const turns = [await readList(once), await readList(twice)]
  listRows.push([name, count(lines), megabytes(once.length), ...turns.map(duration)])
}
printTable(['list', 'lines', 'bytes', 'longest turn', 'for the double'], listRows)

/** As a session takes the bytes of a provider. */
function splice(media: Buffer): Promise<number> {
  const [aligner, watch, splicer] = [createPacketAligner(), new StreamWatch(), new Splicer({ sink: () => {} })]
  splicer.startInput()
  return longestTurnMs(async () => {
    for (let at = 0; at < media.length; at += PIECE_BYTES) {
      const packets = aligner.push(Buffer.from(media.subarray(at, at + PIECE_BYTES)))
      watch.push(packets)
      splicer.push(packets)
      await nextTurn()
    }
  })
}

/** As the worker reads a list. */
function readList(text: string): Promise<number> {
  const bytes = Buffer.from(text, 'latin1')
  const parser = createM3uParser({ baseUrl: 'http://t/', skipsUnplayable: true })
  return longestTurnMs(async () => {
    for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
      parser.push(bytes.subarray(at, at + SLICE_BYTES))
      await nextTurn()
    }
    parser.end()
  })
}

/** Until it fails, or for a while. */
async function play(text: string): Promise<number> {
  const worker = new Worker(new URL('./serve-text.ts', import.meta.url), { workerData: text })
  const [port] = await once(worker, 'message')
  const ending = AbortSignal.timeout(GIVEN_MS)
  const longest = await longestTurnMs(async () => {
    const request = { url: `http://127.0.0.1:${port}/`, headers: [], signal: ending, allowAddress, timeouts }
    const stream = await openMedia({ ...request, variantLimits: {}, ffmpeg: undefined })
    stream.body.on('data', () => {})
    await stream.closed
  })
  await worker.terminate()
  return longest
}
