import type { Redis as Server } from 'ioredis'

/**
 * Checks whether one server, named by `redis://`, is a stand-alone primary: a node of a Redis
 * Cluster refuses most keys, a replica all writes.
 *
 * @returns the problem; undefined when there is none, or the server does not say
 */
export async function whatIsWrongWith(server: Server): Promise<'is-cluster-node' | 'is-replica' | undefined> {
  const info = await server.info().catch(() => '')
  if (/^redis_mode:cluster\r?$/m.test(info)) return 'is-cluster-node'
  return /^role:slave\r?$/m.test(info) ? 'is-replica' : undefined
}
