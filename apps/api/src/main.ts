import { loadSettings, type Settings, SettingsError } from '@kptv/config'
import { createLogger } from '@kptv/logging'
import { redactUrl } from '@kptv/upstream'
import { drain } from './drain.ts'
import { runEdge } from './edge.ts'

const settings = readSettings()
const logger = createLogger({
  bindings: { name: 'edge', node: settings.nodeId },
  debug: settings.debug,
  secrets: settings.sources.flatMap((source) => source.secrets),
  redactUrl,
})
for (const warning of settings.warnings) logger.warn({}, warning)

process.on('uncaughtException', (error) => fail(error, 'the edge failed and stops'))
const edge = await runEdge(settings, logger).catch((error) => fail(error, 'the edge could not start'))

const hurry = new AbortController()
let draining: Promise<void> | undefined
process.on('SIGTERM', () => leave('SIGTERM'))
process.on('SIGINT', () => leave('SIGINT'))
// Whoever started us over an IPC channel is gone: nobody would stop us any more.
process.on('disconnect', () => leave('disconnect'))

/** The first SIGTERM drains; SIGINT, a second signal or an orphan's fate ends at once, still in good order. */
function leave(cause: 'SIGTERM' | 'SIGINT' | 'disconnect'): void {
  if (cause !== 'SIGTERM' || draining !== undefined) hurry.abort()
  if (edge === undefined || draining !== undefined) return
  logger.info({ cause, viewers: edge.viewerCount() }, 'edge drains')
  draining = drain(edge, settings.drainMaxMs, hurry.signal).then(
    () => process.exit(0),
    (error) => fail(error, 'the drain failed'),
  )
}

function fail(error: unknown, message: string): undefined {
  logger.error({ error }, message)
  // The log is written asynchronously: leave it a moment.
  setTimeout(() => process.exit(1), 100)
  return undefined
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
