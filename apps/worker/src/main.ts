import { setFlagsFromString } from 'node:v8'
import { loadSettingsOrExit } from '@kptv/config'
import { composeWorker } from './compose.ts'
import { drainOnSignal } from './drain.ts'

/** The importer: reads the settings, runs until ordered to stop, exits 0. */
// An import makes much short-lived garbage, and the space for it would grow to three times what the
// rest needs: 100 MB for a few percent of time.
setFlagsFromString('--semi-space-growth-factor=1')
// The heap may double before it is collected; otherwise it grows to four times what is in use: 40
// MB for a few percent of time.
setFlagsFromString('--heap-growing-percent=100')

const settings = loadSettingsOrExit()
const stopping = drainOnSignal()
const worker = await composeWorker(settings, stopping.signal).catch((error: unknown) => {
  if (stopping.signal.aborted) process.exit(0)
  throw error
})
await stopping.ordered
await stopping.drain(worker)
