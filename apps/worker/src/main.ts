import { setFlagsFromString } from 'node:v8'
import { loadSettingsOrExit } from '@kptv/config'
import { composeWorker } from './compose.ts'
import { drainOnSignal } from './drain.ts'
import { yieldToPlayback } from './yield-to-playback.ts'

/** The importer: reads the settings, runs until it is told to stop, exits 0. */
// An import makes much short-lived garbage, and the place for it would grow to three times of what the rest needs: 100 MB for a few percent of time.
setFlagsFromString('--semi-space-growth-factor=1')
// The heap may double before it is tidied; else it grows to four times of what is in use: 40 MB for a few percent of time.
setFlagsFromString('--heap-growing-percent=100')
yieldToPlayback()

const settings = loadSettingsOrExit()
const stopping = drainOnSignal()
const worker = await composeWorker(settings, stopping.signal).catch((error: unknown) => {
  if (stopping.signal.aborted) process.exit(0)
  throw error
})
await stopping.ordered
await stopping.drain(worker)
