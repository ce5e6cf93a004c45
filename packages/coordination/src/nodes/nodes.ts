import { defineScript, type Redis, type RedisKeys, type ScriptArgument } from '@kptv/redis'
import type { CommandRunner } from '../heartbeat/command-batch.ts'
import type { Incarnation } from '../incarnation.ts'
import { slotLeaseMs, type Timing } from '../timing.ts'
import { machineOf } from './machine.ts'
import { type NodeRecord, parseNodeRecord } from './node-record.ts'
import type { Tombstones } from './tombstones.ts'

type Fields = readonly ScriptArgument[]

const enterNode = defineScript<Fields, void>({
  file: new URL('./enter-node-1.lua', import.meta.url),
  parse: () => undefined,
})
const renewNode = defineScript<Fields, boolean>({
  file: new URL('./renew-node-1.lua', import.meta.url),
  parse: (reply) => reply === 1,
})
const noteNode = defineScript<readonly [incarnation: string, leaseMs: number], string[]>({
  file: new URL('./note-node-1.lua', import.meta.url),
  parse: (reply) => (reply as unknown[]).map(String),
})

export type NodesOptions = {
  readonly redis: Redis
  readonly keys: RedisKeys
  readonly incarnation: Incarnation
  readonly tombstones: Tombstones
  readonly timing: Pick<Timing, 'leaseMs' | 'quarantineMs'>
  /** The part that does not change while the process runs. */
  readonly self: Pick<NodeRecord, 'node' | 'pid' | 'url' | 'internalUrl' | 'internalKey' | 'version' | 'startedAt'>
  /** Read at each beat. */
  readonly load: () => Pick<NodeRecord, 'state' | 'viewers' | 'channels'>
  readonly monotonicMs?: () => number
}

/**
 * The least time for which a node that stops renewing is remembered. It is longer until its slots
 * have ended, since it can still be asked about them.
 */
const REMEMBERED_AT_LEAST_MS = 60_000

/** Why others may have declared this process dead. */
export type DeathReason = 'tombstone' | 'record-missing'

export type Nodes = ReturnType<typeof createNodes>

/**
 * The running edges, each with a record that lives as long as it is renewed. The heartbeat renews
 * ours.
 */
export function createNodes(options: NodesOptions) {
  const { redis, keys, incarnation, tombstones, self, load, monotonicMs = () => performance.now() } = options
  const { leaseMs } = options.timing
  const rememberedMs = Math.max(REMEMBERED_AT_LEAST_MS, leaseMs + slotLeaseMs(options.timing))
  /** The memory of Redis and the incarnation for which our record was written. */
  let entered: { readonly incarnation: string; readonly memory: string } | undefined
  let known: NodeRecord[] = []
  const remembered = new Map<string, { readonly record: NodeRecord; readonly untilMs: number }>()

  /**
   * @param memory of the server that has our record; undefined when that is unknown: then the next
   * beat writes it again
   */
  async function enter(memory: string | undefined, runner: CommandRunner = redis): Promise<void> {
    const { id } = incarnation
    const fields = Object.entries({ ...self, ...load() }).flat()
    await Promise.all([
      enterNode(runner, [keys.node(id)], [leaseMs, ...fields]),
      noteNode(runner, [keys.nodes], [id, leaseMs]),
    ])
    entered = memory === undefined ? undefined : { incarnation: id, memory }
  }

  /**
   * For the heartbeat: renews our record. `missing`: it was gone; the warm-up decides whether that
   * means death. Throws when Redis does not answer.
   */
  async function renew(runner: CommandRunner): Promise<'renewed' | 'missing' | 'tombstone'> {
    const { id } = incarnation
    const [isThere, reason] = await Promise.all([
      renewNode(runner, [keys.node(id)], [leaseMs, ...Object.entries(load()).flat()]),
      tombstones.read(id, runner),
      noteNode(runner, [keys.nodes], [id, leaseMs]),
    ])
    if (reason !== undefined) return 'tombstone'
    return isThere ? 'renewed' : 'missing'
  }

  function remember(records: readonly NodeRecord[]): void {
    const nowMs = monotonicMs()
    for (const record of records) remembered.set(record.incarnation, { record, untilMs: nowMs + rememberedMs })
    for (const [other, { untilMs }] of remembered) if (untilMs <= nowMs) remembered.delete(other)
  }

  /** The record of one process. Throws when Redis does not answer. */
  async function read(other: string): Promise<NodeRecord | undefined> {
    return parseNodeRecord(other, await redis.hgetall(keys.node(other)))
  }

  return {
    enter,
    renew,
    read,

    /** Of our record. */
    ownKey: (): string => keys.node(incarnation.id),

    /** Whether our record was written into this memory of Redis under our present incarnation. */
    hasEntered: (memory: string): boolean => entered?.incarnation === incarnation.id && entered.memory === memory,

    /**
     * All edges that renewed within the lease, including ours; for status, and to know which to
     * ask. Throws when Redis does not answer. An edge whose record cannot be read any more, because
     * the connection breaks meanwhile, is listed as last known: a node that is cut off must not
     * believe that it is alone.
     */
    async list(): Promise<NodeRecord[]> {
      const incarnations = await noteNode(redis, [keys.nodes], ['', leaseMs])
      const records = await Promise.all(
        incarnations.map((other) => read(other).catch(() => remembered.get(other)?.record)),
      )
      known = records.filter((record) => record !== undefined)
      remember(known)
      return known
    },

    /**
     * The other edges, as of the last {@link list}, which the heartbeat calls every 2 s. Needs no
     * Redis.
     */
    lastKnownPeers: (): NodeRecord[] => known.filter((record) => record.incarnation !== incarnation.id),

    /** Whether no other machine has an edge, as of the last {@link list}. Needs no Redis. */
    isAlone: (): boolean => known.every(({ node }) => machineOf(node) === machineOf(self.node)),

    /**
     * The last known record of an edge that renews, or did so within the last minute or while its
     * slots may be held. Needs no Redis.
     */
    lastKnown: (other: string): NodeRecord | undefined => remembered.get(other)?.record,

    /** Removes our record at an orderly end. Never throws: otherwise the record expires. */
    async leave(): Promise<void> {
      const { id } = incarnation
      entered = undefined
      await Promise.allSettled([redis.del(keys.node(id)), redis.zrem(keys.nodes, id)])
    },
  }
}
