import type { Redis as Server } from 'ioredis'

/**
 * Whether one server, named by `redis://`, is what it is taken for: a node of a cluster refuses
 * most keys, a replica all writes.
 *
 * @returns what is wrong with it; undefined when it is right, or does not say
 */
export async function whatIsWrongWith(server: Server): Promise<'is-cluster-node' | 'is-replica' | undefined> {
  const info = await server.info().catch(() => '')
  if (/^redis_mode:cluster\r?$/m.test(info)) return 'is-cluster-node'
  return /^role:slave\r?$/m.test(info) ? 'is-replica' : undefined
}
