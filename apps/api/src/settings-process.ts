import { loadSettingsOrExit, secretsOf } from '@kptv/config'
import { clusterTimingOrExit } from './cluster/cluster-timing.ts'
import type { SupervisorSettings } from './supervisor/supervisor-settings.ts'

const settings = loadSettingsOrExit()
const { nodeId, cluster, redisUrl, edgeProcesses, drainMaxMs, debug, warnings } = settings
const answer: SupervisorSettings = {
  nodeId,
  cluster,
  redisUrl,
  edgeProcesses,
  drainMaxMs,
  debug,
  warnings,
  killAfterMs: clusterTimingOrExit(settings).killAfterMs,
  secrets: secretsOf(settings),
}
process.send?.(answer)
