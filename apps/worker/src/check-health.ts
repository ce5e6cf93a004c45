import { loadSettingsOrExit } from '@kptv/config'
import { nullLogger as logger } from '@kptv/logging'
import { clusterKeys, connectRedis } from '@kptv/redis'

/**
 * For HEALTHCHECK: exit code 0 if the worker of this node has sent a heartbeat to Redis lately (see
 * worker-beat.ts), otherwise 1.
 */
// A worker stays healthy when its sources file becomes invalid.
const settings = loadSettingsOrExit({ ...process.env, SOURCES_FILE: undefined })
const signal = AbortSignal.timeout(5_000)
const redis = await connectRedis({ url: settings.redisUrl, role: 'commands', name: 'health', logger, signal }).catch(
  () => undefined,
)
const keys = clusterKeys(settings)
const beats = await redis?.exists(keys.worker(settings.nodeId)).catch(() => 0)
process.exit(beats === 1 ? 0 : 1)
