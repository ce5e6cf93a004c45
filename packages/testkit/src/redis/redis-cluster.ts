import { eventually } from '../eventually.ts'
import { findFreePort } from '../process/free-port.ts'
import { startRedisChild } from './redis-child.ts'
import { type RedisReply, sendRedisCommand } from './redis-connection.ts'
import type { RedisForTests } from './redis-for-tests.ts'
import { findRedisProgram } from './redis-program.ts'

type RedisClusterOptions = {
  /** Default 3. */
  readonly primaries?: number
  /** Of each primary. Default 0. */
  readonly replicas?: number
  /**
   * A primary that is silent for this long is failed over: longer than a busy machine makes one
   * that lives. Default 2,000.
   */
  readonly nodeTimeoutMs?: number
  readonly environment?: Readonly<Record<string, string | undefined>>
}

export type RedisClusterForTests = {
  /** `redis+cluster://…`, naming all primaries. */
  readonly url: string
  readonly keyPrefix: string
  /**
   * In the order of their slots; each can be killed, frozen and restarted. After a failover this is
   * who they were.
   */
  readonly primaries: readonly RedisForTests[]
  readonly replicas: readonly RedisForTests[]
  /**
   * One command, sent to the node that serves its key; `KEYS` to all primaries, with all their
   * answers together.
   */
  command(...parts: ReadonlyArray<string | number>): Promise<RedisReply>
  /** The primary that serves a key now. */
  primaryOf(key: string): Promise<RedisForTests>
  /**
   * Gives the slot of a key, which must hold no keys, to another primary, as resharding does; all
   * who serve slots know it then. Returns who has it now.
   */
  moveSlotOf(key: string): Promise<RedisForTests>
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const SLOTS = 16_384

/**
 * A Redis Cluster of one's own on free ports of the loopback, with the slots in equal parts.
 *
 * @throws Error without `redis-server` or `valkey-server` in PATH.
 */
export async function startRedisCluster(options: RedisClusterOptions = {}): Promise<RedisClusterForTests> {
  const { primaries: count = 3, replicas: replicasEach = 0, nodeTimeoutMs = 2000 } = options
  const program = await findRedisProgram((options.environment ?? process.env).PATH)
  if (program === undefined) throw new Error('a Redis Cluster for tests needs redis-server or valkey-server in PATH')
  await using starting = new AsyncDisposableStack()
  const startNode = async (attempt = 1): Promise<{ readonly node: RedisForTests; readonly busPort: number }> => {
    const busPort = await findFreePort()
    const serverArguments = [
      ...['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf', '--cluster-port', String(busPort)],
      ...['--cluster-node-timeout', String(nodeTimeoutMs), '--cluster-require-full-coverage', 'no'],
      // A replica may take over however long it has not heard of its primary; and follows at once,
      // without waiting for others.
      ...['--cluster-replica-validity-factor', '0', '--repl-diskless-sync-delay', '0'],
    ]
    try {
      return { node: starting.use(await startRedisChild({ program, serverArguments })), busPort }
    } catch (error) {
      // Another program took the bus port between our check and the server's.
      if (attempt === 3) throw error
      return startNode(attempt + 1)
    }
  }
  const started = await Promise.all(Array.from({ length: count * (1 + replicasEach) }, () => startNode()))
  const nodes = started.map(({ node }) => node)
  const primaries = nodes.slice(0, count)
  await distributeSlots(primaries)
  // With one epoch for all they raise theirs while they meet, and anyone who missed it lets no
  // replica take over.
  await Promise.all(nodes.map((node, index) => node.command('CLUSTER', 'SET-CONFIG-EPOCH', index + 1)))
  await Promise.all(
    started
      .slice(1)
      .map(({ node, busPort }) => nodes[0]!.command('CLUSTER', 'MEET', '127.0.0.1', portOf(node), busPort)),
  )
  const agrees = async (node: RedisForTests) => {
    const info = String(await node.command('CLUSTER', 'INFO'))
    return (
      info.includes('cluster_state:ok') &&
      info.includes(`cluster_known_nodes:${nodes.length}`) &&
      info.includes('cluster_slots_assigned:16384')
    )
  }
  for (const node of nodes) await eventually('the cluster is whole', () => agrees(node), { deadlineMs: 60_000 })
  const replicas = nodes.slice(count)
  await Promise.all(replicas.map((replica, index) => follow(replica, primaries[index % count]!)))

  const all = starting.move()
  const stop = () => all.disposeAsync()
  const command = (...parts: ReadonlyArray<string | number>) => sendToOwner(nodes, parts)
  const slotOf = async (key: string) => Number(await firstAnswer(nodes, ['CLUSTER', 'KEYSLOT', key]))
  const primaryOf = async (key: string) => {
    const slot = await slotOf(key)
    const shards = (await firstAnswer(nodes, ['CLUSTER', 'SLOTS'])) as Array<[number, number, [string, number]]>
    const [, , [, port] = ['', 0]] = shards.find(([from, to]) => from <= slot && slot <= to) ?? []
    const primary = nodes.find((node) => portOf(node) === port)
    if (primary === undefined) throw new Error(`no node serves the slot of ${key}`)
    return primary
  }
  return {
    url: `redis+cluster://${primaries.map((node) => `127.0.0.1:${portOf(node)}`).join(',')}`,
    keyPrefix: 'kptv:',
    primaries,
    replicas,
    command,
    primaryOf,
    async moveSlotOf(key) {
      const [slot, from] = [await slotOf(key), await primaryOf(key)]
      const others = (await livingPrimaries(nodes)).filter((node) => node !== from)
      const [to] = others
      if (to === undefined) throw new Error('no other primary lives')
      const [oldOwner, newOwner] = [await idOf(from), await idOf(to)]
      await to.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', oldOwner)
      await from.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', newOwner)
      for (const node of [...others, from]) await node.command('CLUSTER', 'SETSLOT', slot, 'NODE', newOwner)
      return to
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

export function portOf({ url }: Pick<RedisForTests, 'url'>): number {
  return Number(new URL(url).port)
}

async function distributeSlots(primaries: readonly RedisForTests[]): Promise<void> {
  const firstOf = (index: number) => Math.floor((SLOTS * index) / primaries.length)
  await Promise.all(
    primaries.map((node, index) => node.command('CLUSTER', 'ADDSLOTSRANGE', firstOf(index), firstOf(index + 1) - 1)),
  )
}

async function idOf(node: RedisForTests): Promise<string> {
  return String(await node.command('CLUSTER', 'MYID'))
}

/** Those that answer and call themselves primary. */
async function livingPrimaries(nodes: readonly RedisForTests[]): Promise<RedisForTests[]> {
  const roles = await Promise.all(nodes.map((node) => node.command('ROLE').catch(() => [])))
  return nodes.filter((_, index) => Array.isArray(roles[index]) && roles[index][0] === 'master')
}

async function follow(replica: RedisForTests, primary: RedisForTests): Promise<void> {
  await replica.command('CLUSTER', 'REPLICATE', await idOf(primary))
  const isLinked = async () => String(await replica.command('INFO', 'replication')).includes('master_link_status:up')
  await eventually('the replica follows', isLinked, { deadlineMs: 30_000 })
}

async function sendToOwner(
  nodes: readonly RedisForTests[],
  parts: ReadonlyArray<string | number>,
): Promise<RedisReply> {
  if (parts[0] === 'KEYS') {
    const answers = await Promise.all(nodes.map((node) => node.command(...parts).catch(() => [])))
    return [...new Set(answers.flat())] as RedisReply
  }
  try {
    return await firstAnswer(nodes, parts)
  } catch (error) {
    const [, address] = /^MOVED \d+ (\S+)/.exec((error as Error).message) ?? []
    if (address === undefined) throw error
    return sendRedisCommand(`redis://${address}`, ...parts)
  }
}

/** Of the first node that answers at all. */
async function firstAnswer(
  nodes: readonly RedisForTests[],
  parts: ReadonlyArray<string | number>,
): Promise<RedisReply> {
  let lastError: unknown
  for (const node of nodes) {
    try {
      return await node.command(...parts)
    } catch (error) {
      if ((error as Error).message.startsWith('MOVED')) throw error
      lastError = error
    }
  }
  throw lastError
}
