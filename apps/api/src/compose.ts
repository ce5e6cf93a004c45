import { systemClock } from '@kptv/clock'
import { createEventWriter } from '@kptv/events'
import { watchPeers } from './cluster/gone-peers.ts'
import { createAdoption } from './compose/adopt-changes.ts'
import { enterCluster } from './compose/cluster.ts'
import type { EdgeParts } from './compose/edge-parts.ts'
import { composeHttp } from './compose/http.ts'
import { composeMedia } from './compose/media.ts'
import { connectStore } from './compose/redis.ts'
import { createWorkload } from './compose/workload.ts'
import type { Drainable } from './drain.ts'
import { countEvents } from './events/count-events.ts'
import { EdgeEvents } from './events/edge-events.ts'
import { startFigureLog } from './events/figure-log.ts'
import { logEvents } from './events/log-events.ts'
import { createMetrics } from './events/metrics.ts'
import { reportEvents } from './events/report-events.ts'
import { VERSION } from './version.ts'

/** An edge process. */
export type EdgeNode = Drainable & {
  /** Its current id in the cluster. */
  incarnation(): string
}

/** Builds the edge, top to bottom. Waits for Redis; serves no viewers before its `start`. */
export async function composeEdge(parts: EdgeParts) {
  const leaving = new AsyncDisposableStack()
  const workload = createWorkload()
  const metrics = createMetrics()
  const events = new EdgeEvents()
  events.listen(logEvents(parts.logger))
  events.listen(countEvents(metrics))

  const store = await connectStore(parts, leaving)
  const writer = createEventWriter({ log: store.log, node: parts.settings.nodeId })
  const names = {
    channel: async (id: string) => (await store.catalog.channel(id))?.name,
    source: (id: string) => parts.book.current().find((source) => source.id === id)?.name,
  }
  events.listen(reportEvents(writer, names))
  const membership = await enterCluster(parts, store, { load: workload.current, events }, leaving)
  const media = composeMedia(parts, store, membership, events)
  const http = composeHttp(parts, store, membership, media, metrics)
  const { publicApp, adminApp, readiness, live, orders, discovery, rendered, hls } = http
  const adoption = createAdoption(parts, store, media, { rendered, events })

  const { registry } = media
  workload.measure(() => ({
    state: readiness.isDraining ? 'draining' : 'serving',
    viewers: registry.viewerCount + media.players.count,
    channels: registry.sessions.size,
  }))

  const watchOthers = () =>
    watchPeers({
      peers: membership.cluster.nodes.lastKnownPeers,
      isWarm: membership.cluster.isWarm,
      reasonOf: (incarnation) => store.redis.get(store.keys.dead(incarnation)),
      onGone: (peer) => events.emit({ type: 'node-gone', ...peer }),
      clock: systemClock,
    })

  const node: EdgeNode = {
    incarnation: () => membership.cluster.incarnation.id,
    refuseNewViewers() {
      readiness.drain()
      events.emit({ type: 'node-drains' })
    },
    handOver: () => registry.handOverAll(),
    isHandingOver: () => registry.isHandingOver,
    viewerCount: () => registry.viewerCount + media.players.count,

    /** Ends sessions and viewers, releases all slots, then closes the connections to Redis. */
    async stop() {
      readiness.drain()
      hls?.closeAll()
      await Promise.all([registry.stopAll(), media.players.stopAll()])
      // While it is still a node of the cluster: afterwards the others would miss it.
      events.emit({ type: 'node-stopped', incarnation: node.incarnation() })
      await writer.settled()
      await leaving.disposeAsync()
    },
  }
  return {
    publicApp,
    adminApp,
    node,
    async start(): Promise<void> {
      const { slotWanted, slotFreed, segmentsWanted, userStreamRevoked } = store.keys
      await store.subscriber.subscribe(slotWanted, slotFreed, segmentsWanted, userStreamRevoked)
      await membership.cluster.start()
      await live.start()
      await orders.start()
      await readiness.start()
      leaving.defer(() => readiness.stop())
      adoption.start(leaving)
      events.emit({ type: 'node-started', version: VERSION })
      leaving.use(watchOthers())
      discovery.start(leaving)
      if (parts.settings.debug) leaving.use(startFigureLog(metrics.registry, parts.logger))
    },
  }
}
