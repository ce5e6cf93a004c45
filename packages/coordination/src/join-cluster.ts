import { type Redis, type RedisKeys, topologyOf } from '@kptv/redis'
import { type Account, createAccounts } from './accounts/accounts.ts'
import { createHeartbeat } from './heartbeat/heartbeat.ts'
import { createIncarnation } from './incarnation.ts'
import { createLeadership } from './leadership/leadership.ts'
import { createLeaseClock } from './leases/lease-clock.ts'
import { type ConfirmLeft, createEvidenceGatherer, type SlotRef } from './liveness/evidence.ts'
import { createLivenessWatch } from './liveness/watch.ts'
import type { Logger } from './logger.ts'
import type { NodeRecord } from './nodes/node-record.ts'
import { createNodes, type NodesOptions } from './nodes/nodes.ts'
import { createTombstones } from './nodes/tombstones.ts'
import { createOutranking } from './outranking/outranking.ts'
import { createPresence } from './presence/presence.ts'
import { createQuarantine } from './quarantine/quarantine.ts'
import { createReconcile } from './reconcile/reconcile.ts'
import { createSlots } from './slots/slots.ts'
import type { Timing } from './timing.ts'
import { createUserStreams } from './user-streams/user-streams.ts'
import { createWarmUp } from './warm-up/warm-up.ts'

export type JoinClusterOptions = {
  /** The lease connection: of role `commands`, with `commandTimeoutMs: timing.commandMs`. */
  readonly redis: Redis
  /** A connection of role `subscriber`; may carry other subscriptions too. */
  readonly subscriber: Redis
  readonly keys: RedisKeys
  readonly timing: Timing
  readonly logger: Logger
  /** How other nodes see this process. */
  readonly self: NodesOptions['self']
  /** Read at each beat. */
  readonly load: NodesOptions['load']
  /** All accounts that this node knows, with their present limits. */
  readonly accounts: () => readonly Account[]
  /**
   * Whether the holder of a slot, asked directly and not through Redis, confirms that it has left
   * the slot; see {@link ConfirmLeft}. The record is the last one that this node has read.
   */
  readonly confirmLeft: (slot: SlotRef, holder: NodeRecord | undefined) => Promise<boolean>
  /**
   * Whether Redis refuses everyone, not only us: no other node is alive, or each node that was
   * polled is refused too. If a peer reaches Redis or does not answer, the result is false.
   */
  readonly isDownForEveryone: (peers: readonly NodeRecord[]) => Promise<boolean>
  readonly monotonicMs?: () => number
  readonly wallMs?: () => number
  readonly newSlotId?: () => string
}

export type Cluster = ReturnType<typeof joinCluster>

/** Everything that this process is and holds in the cluster, renewed by one heartbeat. */
export function joinCluster(options: JoinClusterOptions) {
  const { redis, subscriber, keys, timing, logger, self, load } = options
  const { monotonicMs = () => performance.now(), wallMs = Date.now, newSlotId } = options
  const incarnation = createIncarnation()
  const common = { redis, keys, incarnation, timing, monotonicMs }

  const tombstones = createTombstones(common)
  const warmUp = createWarmUp({ ...common, warmUpMs: timing.warmUpMs })
  const livenessWatch = createLivenessWatch({ ...common, subscriber, warmUp })
  const evidence = createEvidenceGatherer({ tombstones, livenessWatch })
  const clock = createLeaseClock({ timing, isWatched: livenessWatch.isWatched, monotonicMs, wallMs })
  const nodes = createNodes({ ...common, tombstones, self, load })
  const confirmLeft: ConfirmLeft = (slot) => options.confirmLeft(slot, nodes.lastKnown(slot.incarnation))

  const held = { ...common, nodeId: self.node, clock, warmUp, evidence }
  const leadership = createLeadership(held)
  const slots = createSlots({
    ...held,
    slotKeys: (accountId) => [keys.accountSlots(accountId), keys.accountSlotHolders(accountId)],
    confirmLeft,
    ...(newSlotId && { newSlotId }),
  })
  const userStreams = createUserStreams({ ...held, subscriber })
  // On the connection of the slots: notes on an account are known before its slot is given back.
  const accounts = createAccounts({ ...common, nodeId: self.node, isAlone: nodes.isAlone })
  const presence = createPresence(common)
  const outranking = createOutranking({ redis, keys, presence })
  const quarantine = createQuarantine(common)
  const heartbeat = createHeartbeat({
    ...common,
    logger,
    clock,
    warmUp,
    livenessWatch,
    nodes,
    leadership,
    slots,
    userStreams,
    presence,
    isOnlyServer: topologyOf(redis) === 'single',
    isDownForEveryone: () => options.isDownForEveryone(nodes.lastKnownPeers()),
  })
  const reconcile = createReconcile({
    ...common,
    warmUp,
    evidence,
    confirmLeft,
    presence,
    accounts: options.accounts,
    logger,
  })

  return {
    incarnation,
    /** Any process may take slots and leaderships: Redis has not just lost its memory. */
    isWarm: warmUp.isWarm,
    /** Whether another process is gone, by proof. Throws when Redis does not answer. */
    isEnded: async (other: string): Promise<boolean> => (await evidence.about(other)) !== undefined,
    nodes,
    leadership,
    slots,
    userStreams,
    accounts,
    outranking,
    presence,
    quarantine,
    /** For tests, which beat and reconcile by hand. */
    parts: { tombstones, warmUp, livenessWatch, clock, heartbeat, reconcile },

    async start(): Promise<void> {
      await livenessWatch.start()
      heartbeat.start()
      reconcile.start()
    },

    /** Call it when this process no longer holds anything. */
    async leave(): Promise<void> {
      await reconcile[Symbol.asyncDispose]()
      await heartbeat[Symbol.asyncDispose]()
      await nodes.leave()
    },
  }
}
