import { loginsOf } from '@kptv/config'
import { createStreamHealth, type NodeRecord } from '@kptv/coordination'
import { localAddressOf } from '@kptv/redis'
import { connectRedisRelay } from '@kptv/relay'
import { openInternalPort } from '../cluster/internal/internal-port.ts'
import { joinCluster } from '../cluster/join-cluster.ts'
import type { EdgeEvents } from '../events/edge-events.ts'
import { VERSION } from '../version.ts'
import type { EdgeParts } from './edge-parts.ts'
import type { Store } from './redis.ts'

/** How long a stream rests after it failed too often; doubled each time. */
const STREAM_REST_MS = 60_000

type Load = Pick<NodeRecord, 'state' | 'viewers' | 'channels'>

export type Membership = Awaited<ReturnType<typeof enterCluster>>

/**
 * This process as a node of the cluster: its leases, the shared knowledge of accounts and streams,
 * and the relay.
 *
 * @param about.load workload of this process, read at each beat
 */
export async function enterCluster(
  { settings, timing, book, logger }: EdgeParts,
  { redis, leases, subscriber, keys }: Store,
  { load, events }: { readonly load: () => Load; readonly events: EdgeEvents },
  leaving: AsyncDisposableStack,
) {
  const { nodeId, port, internalHost, internalPort, maxFailuresBeforeBlock } = settings
  const internal = leaving.use(
    await openInternalPort({ host: internalHost, port: internalPort, localAddress: localAddressOf(leases) }),
  )
  const cluster = joinCluster({
    leases,
    subscriber,
    keys,
    nodeId,
    port,
    internal,
    version: VERSION,
    timing,
    logger,
    accounts: () => book.current().flatMap(loginsOf),
    load,
  })
  leaving.defer(() => cluster.leave())

  const relay = await connectRedisRelay({
    url: settings.relayRedisUrl,
    keys,
    incarnation: cluster.incarnation.id,
    logger,
    name: `${nodeId}-relay`,
    onDropped: (reason) => events.emit({ type: 'message-dropped', reason }),
  })
  leaving.use(relay)
  return {
    cluster,
    internal,
    relay,
    health: createStreamHealth({
      redis,
      keys,
      nodeId,
      isAlone: cluster.nodes.isAlone,
      maxFailuresBeforeBlock,
      restMs: STREAM_REST_MS,
    }),
  }
}
