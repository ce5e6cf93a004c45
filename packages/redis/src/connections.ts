import { parseRedisAddress, redactRedisUrl } from '@kptv/addresses'
import { Cluster, type RedisOptions, type Redis as Server } from 'ioredis'
import { whatIsWrongWith } from './check-server.ts'
import { type ConnectionKind, clusterOptions, redisOptions, sentinelOptions } from './connection-options.ts'
import { InPlaceConnector } from './in-place/in-place-connector.ts'
import { isCluster, type Redis, topologyOf } from './redis.ts'
import { returnTogether } from './return-together.ts'
import { ServerConnection } from './server-connection.ts'
import { primaryOf } from './shards.ts'

export type Logger = Record<'debug' | 'info' | 'warn' | 'error', (fields: object, message: string) => void>

type ConnectOptions = ConnectionKind & {
  /** `REDIS_URL`, in any of the forms of {@link parseRedisAddress}. */
  readonly url: string
  readonly logger: Logger
  /** Gives up the first wait for Redis. */
  readonly signal?: AbortSignal
}

const WAITING_NOTICE_MS = 5000

/**
 * Connects, and resolves when Redis is ready for commands. Until then it logs the problem at once
 * and every 5 s, and keeps trying: the order in which processes start does not matter. Later
 * outages are logged once at their start and once at their end. No line shows the password.
 *
 * @throws when `signal` fires before Redis was ready, and when the address names one server that is
 * a node of a Redis Cluster
 */
export async function connectRedis(options: ConnectOptions): Promise<Redis> {
  const redis = openConnection(options)
  if (!isCluster(redis)) returnTogether(options.url, redis)
  logOutages(redis, options)
  await firstReady(redis, options)
  if (isCluster(redis)) await Promise.all(redis.nodes('master').map(connectedOrLost))
  if (options.role === 'commands' && topologyOf(redis) === 'single') await checkServer(redis as Server, options)
  return redis
}

async function checkServer(server: Server, { url, logger }: ConnectOptions): Promise<void> {
  const wrong = await whatIsWrongWith(server)
  if (wrong === 'is-replica') logger.warn({ redis: redactRedisUrl(url) }, 'this Redis is a replica and takes no writes')
  if (wrong !== 'is-cluster-node') return
  server.disconnect()
  throw new Error(`the Redis at ${redactRedisUrl(url)} is a node of a Redis Cluster: write redis+cluster:// for it`)
}

function openConnection({ url, ...kind }: ConnectOptions): Redis {
  const address = parseRedisAddress(url)
  switch (address.topology) {
    case 'single':
      return new ServerConnection(url, { ...redisOptions(kind), ...connectorOf(kind) })
    case 'sentinel':
      return new ServerConnection(sentinelOptions(address, kind))
    case 'cluster':
      return keepComplete(new Cluster([...address.hosts], clusterOptions(address, kind)))
  }
}

/** How a connection to one server, whose address is known, is made. */
function connectorOf({ readsInPlace }: ConnectionKind): Pick<RedisOptions, 'Connector'> {
  return readsInPlace === true ? { Connector: InPlaceConnector } : {}
}

/** A node that is still connecting refuses commands that must not wait. */
function connectedOrLost(node: Server): Promise<void> {
  return new Promise((resolve) => {
    if (node.status === 'ready' || node.status === 'end') return resolve()
    node.once('ready', resolve)
    node.once('end', resolve)
  })
}

/** Delay after a connection ended before the nodes are checked again. */
const LOOK_AGAIN_MS = 250

/**
 * Connects to each node as soon as it is known, instead of at its first command, and checks for
 * nodes whose connection ended.
 */
function keepComplete(cluster: Cluster): Cluster {
  let isWaiting = false
  const connectAll = () => {
    for (const node of cluster.nodes()) if (node.status === 'wait') node.connect().catch(() => undefined)
  }
  cluster.on('ready', connectAll)
  cluster.on('+node', () => {
    // Before that, ioredis sends one of them a command, which a node that is just connecting would
    // refuse.
    if (cluster.status === 'ready') connectAll()
  })
  cluster.on('-node', () => {
    if (isWaiting) return
    isWaiting = true
    const lookAgain = () => {
      isWaiting = false
      if (cluster.status === 'ready') cluster.refreshSlotsCache(() => undefined)
    }
    setTimeout(lookAgain, LOOK_AGAIN_MS).unref()
  })
  return cluster
}

/**
 * A separate connection to the primary that now serves a key or sharded channel; for sharded
 * subscriptions, which belong to one server. It does not follow the key to another primary.
 *
 * @returns undefined while no primary is known; otherwise a connection that is being made
 */
export function connectToPrimary(cluster: Cluster, key: string, kind: ConnectionKind): Server | undefined {
  const primary = primaryOf(cluster, key)
  if (primary === undefined) return undefined
  const { username, password, tls } = cluster.options.redisOptions ?? {}
  const login = { ...(username && { username }), ...(password && { password }), ...(tls && { tls }) }
  const redis = new ServerConnection({ ...redisOptions(kind), ...connectorOf(kind), ...login, ...primary })
  // Each failed attempt is an event; without a listener ioredis would write to the console.
  redis.on('error', () => undefined)
  return redis
}

/**
 * A command got no answer in time: ends the connection without waiting for the other side. A Redis
 * Cluster does so on its own, node by node.
 */
export function breakConnection(redis: Redis): void {
  if (!isCluster(redis)) redis.stream?.destroy()
}

/**
 * Resolves when the Redis Cluster knows which primary serves what at this moment, or cannot find
 * out. In other topologies there is nothing to find out.
 */
export function refreshShards(redis: Redis): Promise<void> {
  return new Promise((resolve) => (isCluster(redis) ? redis.refreshSlotsCache(() => resolve()) : resolve()))
}

function logOutages(redis: Redis, { role, name, logger, url }: ConnectOptions): void {
  let wasReady = false
  let away = false
  let lastError = 'connection closed'
  // ioredis reports every failed attempt as an event; without a listener it would write to the
  // console itself.
  redis.on('error', (error) => {
    lastError = reasonOf(error, url)
    logger.debug({ role, name, reason: lastError }, 'Redis connection failed')
  })
  redis.on('ready', () => {
    if (away) logger.info({ role, name }, 'Redis is back')
    wasReady = true
    away = false
  })
  let hasEnded = false
  redis.on('end', () => {
    hasEnded = true
  })
  const sayAway = () => {
    if (hasEnded || away) return
    away = true
    logger.warn({ role, name, redis: redactRedisUrl(url), reason: lastError }, 'Redis is away, reconnecting')
  }
  redis.on('close', () => {
    // Only afterwards does a connection show whether it was closed on purpose; the status of a
    // Redis Cluster that has ended is `close` again.
    if (wasReady) setImmediate(sayAway)
  })
}

async function firstReady(redis: Redis, { url, role, logger, signal }: ConnectOptions): Promise<void> {
  if (redis.status === 'ready') return
  let reason = 'no answer yet'
  const sayWaiting = () => {
    logger.warn({ redis: redactRedisUrl(url), role, reason }, 'waiting for Redis')
  }
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let announced = false
  const onError = (error: Error) => {
    reason = reasonOf(error, url)
    if (!announced) sayWaiting()
    announced = true
  }
  const onAbort = () => {
    redis.disconnect()
    reject(new Error(`gave up waiting for Redis at ${redactRedisUrl(url)}: ${reason}`))
  }
  const notice = setInterval(sayWaiting, WAITING_NOTICE_MS)
  redis.once('ready', resolve)
  redis.on('error', onError)
  signal?.addEventListener('abort', onAbort, { once: true })
  if (signal?.aborted) onAbort()
  try {
    await promise
  } finally {
    clearInterval(notice)
    redis.off('error', onError)
    redis.off('ready', resolve)
    signal?.removeEventListener('abort', onAbort)
  }
}

/** A Redis Cluster only reports that no node answered; the last node's error says more. */
function reasonOf(
  error: Error & { readonly code?: string; readonly lastNodeError?: Error & { readonly code?: string } },
  url: string,
): string {
  const { code, message } = error.lastNodeError ?? error
  return code ?? message.replaceAll(url, redactRedisUrl(url))
}
