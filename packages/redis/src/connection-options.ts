import type { RedisAddress } from '@kptv/addresses'
import type { ClusterOptions, RedisOptions } from 'ioredis'

/**
 * The purpose of a connection decides how it fails: `commands` fails fast, never queues and never
 * repeats a command, since a lease command replayed after an outage would be wrong; `subscriber`
 * only subscribes, and is restored after every reconnect; `jobs` is for BullMQ, whose blocking
 * commands must be retried for ever.
 */
export type RedisRole = 'commands' | 'subscriber' | 'jobs'

/** What the options of a connection depend on, besides the address. */
export type ConnectionKind = {
  readonly role: RedisRole
  /** Shown in CLIENT LIST, after `kptv-`. */
  readonly name: string
  /** Role `commands`: a command fails when it gets no answer for this long. Default 2,000. */
  readonly commandTimeoutMs?: number
  /**
   * Messages are read in place: their listeners get bytes that are overwritten after the call. Not
   * through Sentinels, where ioredis makes the connection itself and allocates each message.
   */
  readonly readsInPlace?: boolean
}

// Answers in the shapes that Redis used before RESP3: flat arrays for maps, text for doubles.
type RoleOptions = RedisOptions & { readonly replyMapping: 'legacy' }

/** A Sentinel or node that is silent for this long is passed over. */
const SILENT_MS = 800
/** Longer than BullMQ's blocking commands wait, which is 10 s. */
const MAX_BLOCK_MS = 30_000
/** How often a Redis Cluster is asked which node serves what, besides after each redirection. */
const SLOTS_EVERY_MS = 2000

/**
 * The ioredis options of a role; exported for those who let a library make the connection itself.
 */
export function redisOptions({ role, name, commandTimeoutMs = 2000 }: ConnectionKind): RoleOptions {
  const common: RoleOptions = {
    replyMapping: 'legacy',
    connectionName: `kptv-${name}-${role}`.replaceAll(/[^\w.:-]/g, '_'),
    connectTimeout: 1000,
    keepAlive: 5000,
    retryStrategy: (attempt) => reconnectDelayMs(attempt, Math.random()),
    reconnectOnError: leaveReplicas(),
  }
  switch (role) {
    case 'commands':
      return {
        ...common,
        enableOfflineQueue: false,
        autoResendUnfulfilledCommands: false,
        maxRetriesPerRequest: 1,
        commandTimeout: commandTimeoutMs,
      }
    case 'subscriber':
      return { ...common, autoResubscribe: true, maxRetriesPerRequest: null }
    case 'jobs':
      return { ...common, maxRetriesPerRequest: null }
  }
}

/**
 * Pause between attempts to find the primary: a server that stays a replica must not be connected
 * to without pause.
 */
const LEAVE_REPLICA_EVERY_MS = 1000

/** After a failover an old primary answers READONLY: a new connection finds the new one. */
function leaveReplicas(monotonicMs = () => performance.now()): (error: Error) => boolean {
  let leftAtMs = Number.NEGATIVE_INFINITY
  return (error) => {
    if (!error.message.startsWith('READONLY') || monotonicMs() - leftAtMs < LEAVE_REPLICA_EVERY_MS) return false
    leftAtMs = monotonicMs()
    return true
  }
}

/**
 * 100 ms, doubled per attempt, at most 0.5 s; a quarter of it is random, so that nodes do not
 * return in step.
 */
export function reconnectDelayMs(attempt: number, random: number): number {
  const delayMs = Math.min(500, 100 * 2 ** Math.min(attempt - 1, 10))
  return Math.round(delayMs * (0.75 + random / 4))
}

/**
 * The options of {@link redisOptions}, and how to find the primary through the Sentinels, also
 * after each failover.
 */
export function sentinelOptions(address: RedisAddress, kind: ConnectionKind): RoleOptions {
  const { hosts, primaryName = '', database, isEncrypted, sentinelUsername, sentinelPassword } = address
  return {
    ...redisOptions(kind),
    sentinels: [...hosts],
    name: primaryName,
    // Leaves a server that calls itself a replica, and asks the Sentinels again.
    role: 'master',
    db: database,
    ...loginOf(address),
    ...(sentinelUsername && { sentinelUsername }),
    ...(sentinelPassword && { sentinelPassword }),
    ...(isEncrypted && { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true }),
    // No `failoverDetector`: if a failover is reported while it reconnects, ioredis 6.0 gives the
    // connection up for good.
    ...leaveTheSilent(kind),
    sentinelRetryStrategy: (attempt) => reconnectDelayMs(attempt, Math.random()),
    sentinelCommandTimeout: SILENT_MS,
  }
}

/** The options of a whole Redis Cluster: those of {@link redisOptions} for each node. */
export function clusterOptions(
  address: RedisAddress,
  kind: ConnectionKind,
): ClusterOptions & { readonly redisOptions: RoleOptions } {
  const { retryStrategy: _, enableOfflineQueue, reconnectOnError: __, ...ofNode } = redisOptions(kind)
  const isImpatient = kind.role === 'commands'
  return {
    redisOptions: {
      ...ofNode,
      ...loginOf(address),
      ...(address.isEncrypted && { tls: {} }),
      ...leaveTheSilent(kind),
    },
    // Names stay names: certificates are checked against them.
    dnsLookup: (name, done) => done(null, name),
    enableOfflineQueue: enableOfflineQueue ?? true,
    // Only commands that a node has refused to carry out (MOVED, ASK, TRYAGAIN) are sent again.
    ...(isImpatient && { retryDelayOnFailover: 0, retryDelayOnClusterDown: 0, maxRedirections: 5 }),
    clusterRetryStrategy: (attempt) => reconnectDelayMs(attempt, Math.random()),
    slotsRefreshTimeout: SILENT_MS,
    slotsRefreshInterval: SLOTS_EVERY_MS,
  }
}

/**
 * A frozen server may have a successor, so a silent one is left, and its address is looked up
 * again.
 */
function leaveTheSilent(kind: ConnectionKind): Pick<RedisOptions, 'socketTimeout'> {
  const { commandTimeout } = redisOptions(kind)
  if (kind.role === 'subscriber') return {}
  return { socketTimeout: commandTimeout ?? MAX_BLOCK_MS }
}

function loginOf({ username, password }: RedisAddress): Pick<RedisOptions, 'username' | 'password'> {
  return { ...(username && { username }), ...(password && { password }) }
}
