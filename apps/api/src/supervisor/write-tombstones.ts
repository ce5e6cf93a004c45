import { blameOpenStreams, createTombstones } from '@kptv/coordination'
import type { Logger } from '@kptv/logging'
import { clusterKeys, connectRedis } from '@kptv/redis'
import type { CauseOfDeath } from './cause-of-death.ts'

export type Death = {
  readonly incarnations: readonly string[]
  readonly reason: string
  /** If the process itself caused it: then its open streams are suspected. */
  readonly cause: CauseOfDeath | undefined
}

export type ClusterAddress = {
  readonly redisUrl: string
  readonly cluster?: string | undefined
  readonly nodeId: string
}

/** Opens a connection just for that; throws if Redis cannot be reached. */
export async function writeTombstones(
  { incarnations, reason, cause }: Death,
  { redisUrl: url, cluster, nodeId }: ClusterAddress,
  { logger, signal }: { readonly logger: Logger; readonly signal: AbortSignal },
): Promise<void> {
  const keys = clusterKeys({ redisUrl: url, cluster })
  const redis = await connectRedis({ url, role: 'commands', name: `${nodeId}-supervisor`, logger, signal })
  const tombstones = createTombstones({ redis, keys })
  try {
    await Promise.all(incarnations.map((one) => tombstones.write(one, reason)))
    if (cause === undefined) return
    const suspects = await Promise.all(incarnations.map((one) => blameOpenStreams({ redis, keys }, one, cause)))
    const streams = suspects.flatMap((deaths) => [...deaths].map(([stream, count]) => ({ stream, deaths: count })))
    if (streams.length > 0) logger.error({ cause, streams }, 'edge process died with these streams open')
  } finally {
    redis.disconnect()
  }
}
