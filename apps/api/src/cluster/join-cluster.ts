import { randomBytes } from 'node:crypto'
import {
  createDeathWatch,
  createEvidenceGatherer,
  createGuard,
  createHeartbeat,
  createIncarnation,
  createLeadership,
  createLeaseClock,
  createNodes,
  createPresence,
  createReconcile,
  createSlots,
  createTombstones,
  type NodeRecord,
  type Timing,
} from '@kptv/coordination'
import type { Logger } from '@kptv/logging'
import { localAddressOf, type Redis, type RedisKeys, topologyOf } from '@kptv/redis'
import { askPeers } from './ask-peers.ts'
import { createAskHolder } from './internal/ask-holder.ts'
import type { InternalPort } from './internal/internal-port.ts'

export type JoinClusterOptions = {
  /** The lease connection: short timeouts, nothing queued, nothing repeated. */
  readonly leases: Redis
  readonly subscriber: Redis
  readonly keys: RedisKeys
  readonly nodeId: string
  /** Where other nodes reach the public port. */
  readonly port: number
  /** Where other nodes ask this process what it holds. */
  readonly internal: Pick<InternalPort, 'url' | 'answerFor'>
  /** Whose slots are looked after. */
  readonly accountIds: () => string[]
  readonly load: () => Pick<NodeRecord, 'state' | 'viewers' | 'channels'>
  readonly timing: Timing
  readonly logger: Logger
}

export type Cluster = ReturnType<typeof joinCluster>

/** All that this process is and holds in the cluster, renewed by one heartbeat. */
export function joinCluster(options: JoinClusterOptions) {
  const { leases, subscriber, keys, nodeId, port, internal, accountIds, load, timing, logger } = options
  const incarnation = createIncarnation()
  const common = { redis: leases, keys, incarnation, timing }

  const tombstones = createTombstones(common)
  const guard = createGuard({ ...common, warmUpMs: timing.warmUpMs })
  const deathWatch = createDeathWatch({ ...common, subscriber, guard })
  const evidence = createEvidenceGatherer({ tombstones, deathWatch })
  const clock = createLeaseClock({ timing, isWatched: deathWatch.isWatched })

  // The address by which this machine reaches Redis is the one by which its peers most likely reach this machine.
  const url = `http://${localAddressOf(leases)}:${port}`
  const startedAt = new Date().toISOString()
  const internalKey = randomBytes(16).toString('hex')
  const place = { url, internalUrl: internal.url, internalKey }
  const self = { node: nodeId, pid: process.pid, ...place, version: '0.1.0', startedAt }
  const nodes = createNodes({ ...common, tombstones, self, load })
  const leadership = createLeadership({ ...common, nodeId, clock, guard, evidence })
  const askHolder = createAskHolder({ nodes, logger })
  const slots = createSlots({ ...common, nodeId, clock, guard, evidence, askHolder })
  const presence = createPresence(common)

  const heartbeat = createHeartbeat({
    ...common,
    ...{ clock, guard, deathWatch, nodes, leadership, slots, presence, logger },
    // Where another server may take over, that ours refuses says nothing about the others.
    mayRide: async () => topologyOf(leases) === 'single' && (await askPeers(nodes.lastKnownPeers())),
  })
  const reconcile = createReconcile({ ...common, guard, evidence, askHolder, accountIds, logger })

  return {
    incarnation,
    /** Anybody may take slots and leaderships: Redis has not lost its memory just now. */
    isWarm: guard.isWarm,
    nodes,
    leadership,
    slots,
    presence,

    async start(): Promise<void> {
      internal.answerFor({ key: internalKey, hasLeft: slots.hasLeft })
      await deathWatch.start()
      heartbeat.start()
      reconcile.start()
    },

    /** Call it when nothing is held any more. */
    async leave(): Promise<void> {
      await reconcile[Symbol.asyncDispose]()
      await heartbeat[Symbol.asyncDispose]()
      await nodes.leave()
    },
  }
}
