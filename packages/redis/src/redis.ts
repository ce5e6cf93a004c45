import type { RedisTopology } from '@kptv/addresses'
import type { Cluster, Redis as Server } from 'ioredis'

/**
 * A connection in any topology. A Redis Cluster sends each command to the primary that serves its
 * keys.
 */
export type Redis = Server | Cluster

/**
 * A connection to one server: the only one, the one that the Sentinels name, or a node of a
 * cluster.
 */
export type RedisServer = Server

export type RedisCluster = Cluster

/** How this connection was made. */
export function topologyOf(redis: Redis): RedisTopology {
  if (isCluster(redis)) return 'cluster'
  return redis.options.sentinels ? 'sentinel' : 'single'
}

export function isCluster(redis: Redis): redis is Cluster {
  return redis.isCluster
}
