import { loadSettings, type Settings, SettingsError } from '@kptv/config'
import { composeWorker } from './compose.ts'
import { drainOnSignal } from './drain.ts'

/** The importer: reads the settings, runs until it is told to stop, exits 0. */
async function main(): Promise<void> {
  const settings = readSettings()
  const stopping = drainOnSignal()
  const worker = await composeWorker(settings, stopping.signal).catch((error: unknown) => {
    if (stopping.signal.aborted) process.exit(0)
    throw error
  })
  await stopping.ordered
  await stopping.drain(worker)
}

function readSettings(): Settings {
  try {
    return loadSettings(process.env)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
}

await main()
