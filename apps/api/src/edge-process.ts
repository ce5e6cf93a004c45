import { redactUrl } from '@kptv/addresses'
import { systemClock } from '@kptv/clock'
import { createSourceBook, createUserBook, loadSettingsOrExit } from '@kptv/config'
import { createLogger, joinSecrets } from '@kptv/logging'
import { clusterTimingOrExit } from './cluster/cluster-timing.ts'
import type { EdgeNode } from './compose.ts'
import { drain } from './drain.ts'
import { runEdge } from './edge.ts'
import { DRAIN_REQUEST, startBeats } from './supervisor/beat.ts'
import { parsePlace, settingsOfProcess } from './supervisor/process-place.ts'

/**
 * Without its supervisor nothing would kill it if it froze: if it cannot end in order by then, it
 * ends by force.
 */
const ORPHAN_MS = 1_000

const place = parsePlace(process.argv[2])
const settings = settingsOfProcess(loadSettingsOrExit(), place)
const timing = clusterTimingOrExit(settings)
const book = createSourceBook(settings)
const users = createUserBook(settings)
const logger = createLogger({
  bindings: { name: 'edge', node: settings.nodeId },
  debug: settings.debug,
  secrets: joinSecrets(book.secrets, users.secrets),
  redactUrl,
})
process.on('uncaughtException', (error) => fail(error, 'edge failed, stopping'))

let edge: EdgeNode | undefined
const hurry = new AbortController()
let draining: Promise<void> | undefined
// Repeated SIGTERMs are one order: some tools send it to the whole process group, and so does the
// supervisor.
process.on('SIGTERM', () => leave('SIGTERM'))
process.on('SIGINT', () => leave('SIGINT'))
process.on('disconnect', () => {
  setTimeout(() => process.exit(1), ORPHAN_MS)
  leave('disconnect')
})
const beats = startBeats(process.send?.bind(process), () => edge?.incarnation())
const requestDrain = () => void process.send?.(DRAIN_REQUEST)
edge = await runEdge({ settings, timing, book, users, logger, requestDrain }, { sharesPort: place.count > 1 }).catch(
  (error) => fail(error, 'edge could not start'),
)
beats.beat()

/** SIGTERM drains; SIGINT, or the end of the supervisor, ends at once, still in good order. */
function leave(cause: 'SIGTERM' | 'SIGINT' | 'disconnect'): void {
  if (cause !== 'SIGTERM') hurry.abort()
  // It has served no viewer and holds nothing.
  if (edge === undefined) process.exit(0)
  if (draining !== undefined) return
  logger.info({ cause, viewers: edge.viewerCount() }, 'edge draining')
  draining = drain(edge, { drainMaxMs: settings.drainMaxMs, hurry: hurry.signal, clock: systemClock }).then(
    () => process.exit(0),
    (error) => fail(error, 'drain failed'),
  )
}

function fail(error: unknown, message: string): never {
  logger.error({ error }, message)
  process.exit(1)
}
