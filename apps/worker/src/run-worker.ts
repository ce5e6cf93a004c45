import { loadSettingsOrExit } from '@kptv/config'
import { composeWorker } from './compose.ts'
import { drainOnSignal } from './drain.ts'

/** The importer: reads the settings, runs until ordered to stop, exits 0. */
const settings = loadSettingsOrExit()
const stopping = drainOnSignal()
const worker = await composeWorker(settings, stopping.signal).catch((error: unknown) => {
  if (stopping.signal.aborted) process.exit(0)
  throw error
})
await stopping.ordered
await stopping.drain(worker)
