import { randomBytes } from 'node:crypto'
import * as coordination from '@kptv/coordination'
import type { Logger } from '@kptv/logging'
import { localAddressOf, type Redis, type RedisKeys } from '@kptv/redis'
import type { InternalPort } from './internal/internal-port.ts'
import { createLeftCheck } from './internal/left-check.ts'
import { pollPeers } from './poll-peers.ts'

type JoinClusterOptions = Pick<Parameters<typeof coordination.joinCluster>[0], 'accounts' | 'load' | 'timing'> & {
  /** The lease connection: short timeouts, nothing queued, nothing repeated. */
  readonly leases: Redis
  readonly subscriber: Redis
  readonly keys: RedisKeys
  readonly nodeId: string
  /** Where other nodes reach the public port. */
  readonly port: number
  /** Where this process answers other nodes about what it holds. */
  readonly internal: Pick<InternalPort, 'url' | 'answerFor'>
  /** Of the product. */
  readonly version: string
  readonly logger: Logger
}

export type Cluster = ReturnType<typeof joinCluster>

/** Joins the cluster, and lets other nodes reach this one besides through Redis. */
export function joinCluster(options: JoinClusterOptions) {
  const { leases, nodeId, port, internal, version, logger } = options
  // The address by which this machine reaches Redis is the one by which its peers most likely reach
  // this machine.
  const url = `http://${localAddressOf(leases)}:${port}`
  const internalKey = randomBytes(16).toString('hex')
  const startedAt = new Date().toISOString()
  const self = {
    node: nodeId,
    pid: process.pid,
    url,
    internalUrl: internal.url,
    internalKey,
    version,
    startedAt,
  }
  const cluster = coordination.joinCluster({
    ...options,
    redis: leases,
    self,
    confirmLeft: createLeftCheck(logger),
    isDownForEveryone: pollPeers,
  })
  return {
    ...cluster,
    async start(): Promise<void> {
      internal.answerFor({ key: internalKey, hasLeft: cluster.slots.hasLeft })
      await cluster.start()
    },
  }
}
