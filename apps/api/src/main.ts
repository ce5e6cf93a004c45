import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { createLogger } from '@kptv/logging'
import { countProcesses } from './supervisor/process-place.ts'
import { startSupervisor } from './supervisor/supervisor.ts'
import { readSupervisorSettings } from './supervisor/supervisor-settings.ts'
import { createTombstoneWriter } from './supervisor/tombstone-writer.ts'

/** Time to write a tombstone after the last process has ended. */
const LAST_WORDS_MS = 2_000

const settings = await readSupervisorSettings(programOf('settings-process'))
if (settings === undefined) process.exit(1)
const { nodeId, drainMaxMs, killAfterMs } = settings
const logger = createLogger({
  bindings: { name: 'supervisor', node: nodeId },
  debug: settings.debug,
  secrets: settings.secrets,
  // It handles no addresses; if one gets into an error, it is redacted.
  redactUrl: () => '(address)',
})
process.on('uncaughtException', (error) => {
  logger.error({ error }, 'supervisor failed, stopping edge processes')
  process.exit(1)
})
for (const warning of settings.warnings) logger.warn({}, warning)
const machine = { platform: process.platform, processors: availableParallelism() }
const { count, warning } = countProcesses(settings.edgeProcesses, machine)
if (warning !== undefined) logger.warn({}, warning)

const tombstones = createTombstoneWriter({ ...settings, logger })
const file = programOf('edge-process')
const supervisor = startSupervisor({ file, processes: count, drainMaxMs, killAfterMs, tombstones, logger })
process.on('SIGTERM', () => supervisor.drain())
process.on('SIGINT', () => supervisor.end())
// The process that started us over an IPC channel is gone, and nothing else would stop us.
process.on('disconnect', () => supervisor.end())
if (process.connected === false) supervisor.end()

const end = await supervisor.ended
await tombstones.settle(LAST_WORDS_MS)
process.exit(end === 'failed' ? 1 : 0)

function programOf(name: string): string {
  return fileURLToPath(new URL(`./${name}.ts`, import.meta.url))
}
