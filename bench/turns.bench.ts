/**
 * The longest turn of the event loop for any answer of a provider: the media of all other channels
 * waits for it.
 */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { TableRow } from '@kptv/testkit'
import { createAddressPolicy, openMedia } from '@kptv/upstream'
import { longestTurnMs } from './longest-turn.ts'
import { count, duration, megabytes, printTable, printTitle } from './report.ts'
import { TURN_CORPUS } from './turn-corpus.ts'

const GIVEN_MS = 4_000
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
