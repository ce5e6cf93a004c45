import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { loadSettings, type Settings, SettingsError } from '@kptv/config'
import { createLogger } from '@kptv/logging'
import { countProcesses } from './supervisor/process-place.ts'
import { startSupervisor } from './supervisor/supervisor.ts'
import { createTombstoneWriter } from './supervisor/tombstone-writer.ts'

/** For a proof that is still to be written when the last process has ended. */
const LAST_WORDS_MS = 2_000

const settings = readSettings()
const { nodeId, redisUrl, drainMaxMs } = settings
const logger = createLogger({
  bindings: { name: 'supervisor', node: nodeId },
  debug: settings.debug,
  secrets: settings.sources.flatMap((source) => source.secrets),
  // It deals with no addresses; should one get into an error, nobody needs it.
  redactUrl: () => '(address)',
})
process.on('uncaughtException', (error) => {
  logger.error({ error }, 'the supervisor failed; its edge processes end')
  // The log is written asynchronously: leave it a moment.
  setTimeout(() => process.exit(1), 100)
})
for (const warning of settings.warnings) logger.warn({}, warning)
const machine = { platform: process.platform, processors: availableParallelism() }
const { count, warning } = countProcesses(settings.edgeProcesses, machine)
if (warning !== undefined) logger.warn({}, warning)

const file = fileURLToPath(new URL('./edge-process.ts', import.meta.url))
const tombstones = createTombstoneWriter({ redisUrl, nodeId, logger })
const supervisor = startSupervisor({ file, processes: count, drainMaxMs, tombstones, logger })
process.on('SIGTERM', () => supervisor.drain())
process.on('SIGINT', () => supervisor.end())
// Whoever started us over an IPC channel is gone: nobody would stop us any more.
process.on('disconnect', () => supervisor.end())

const end = await supervisor.ended
await tombstones.settle(LAST_WORDS_MS)
process.exit(end === 'failed' ? 1 : 0)

function readSettings(): Settings {
  try {
    return loadSettings(process.env)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
}
