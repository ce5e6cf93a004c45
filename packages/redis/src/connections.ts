import { Redis, type RedisOptions } from 'ioredis'
import { redactRedisUrl } from './redact-redis-url.ts'

export type Logger = Record<'debug' | 'info' | 'warn' | 'error', (fields: object, message: string) => void>

/**
 * What a connection is for decides how it fails:
 * `commands` – fails fast, never queues and never repeats a command, since a lease command replayed after an
 * outage would be wrong; `subscriber` – subscriptions only, restored after every reconnect; `jobs` – for BullMQ,
 * whose blocking commands must be retried without end.
 */
export type RedisRole = 'commands' | 'subscriber' | 'jobs'

export type ConnectOptions = {
  /** `redis://` or `rediss://`, one server. */
  url: string
  role: RedisRole
  logger: Logger
  /** Shown in CLIENT LIST, after `kptv-`. */
  name: string
  /** Commands role: a command without an answer for so long fails. Default 2,000. */
  commandTimeoutMs?: number
  /** Gives up the first wait for Redis. */
  signal?: AbortSignal
}

// Answers in the shapes that Redis had before RESP3: flat arrays for maps, text for doubles.
type RoleOptions = RedisOptions & { replyMapping: 'legacy' }

const waitingNoticeMs = 5000

/**
 * Connects, and resolves when Redis is ready for commands. While it is not, says so in the log at once and every
 * 5 s, and goes on trying: the order in which processes start does not matter. Later outages are logged once at
 * their start and once at their end. No line shows the password.
 *
 * @throws only when `signal` fires before Redis was ready.
 */
export async function connectRedis(options: ConnectOptions): Promise<Redis> {
  const redis = new Redis(options.url, redisOptions(options))
  logOutages(redis, options)
  await firstReady(redis, options)
  return redis
}

/** The ioredis options of a role; exported for those who let a library make the connection itself. */
export function redisOptions({
  role,
  name,
  commandTimeoutMs = 2000,
}: Pick<ConnectOptions, 'role' | 'name' | 'commandTimeoutMs'>): RoleOptions {
  const common: RoleOptions = {
    replyMapping: 'legacy',
    connectionName: `kptv-${name}-${role}`.replaceAll(/[^\w.:-]/g, '_'),
    connectTimeout: 1000,
    keepAlive: 5000,
    retryStrategy: (attempt) => reconnectDelayMs(attempt, Math.random()),
    // After a failover an old primary answers READONLY: a new connection finds the new one.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
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

/** 100 ms, doubled per attempt, at most 1 s; a quarter of it is random, so that nodes do not return in step. */
export function reconnectDelayMs(attempt: number, random: number): number {
  const delayMs = Math.min(1000, 100 * 2 ** Math.min(attempt - 1, 10))
  return Math.round(delayMs * (0.75 + random / 4))
}

function logOutages(redis: Redis, { role, name, logger, url }: ConnectOptions): void {
  let wasReady = false
  let away = false
  let lastError = 'connection closed'
  // ioredis reports every failed attempt as an event; without a listener it would write to the console itself.
  redis.on('error', (error) => {
    lastError = reasonOf(error, url)
    logger.debug({ role, name, reason: lastError }, 'Redis connection failed')
  })
  redis.on('ready', () => {
    if (away) logger.info({ role, name }, 'Redis is back')
    wasReady = true
    away = false
  })
  redis.on('close', () => {
    if (!wasReady || away || redis.status === 'end') return
    away = true
    logger.warn({ role, name, redis: redactRedisUrl(url), reason: lastError }, 'Redis is away, reconnecting')
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
  const notice = setInterval(sayWaiting, waitingNoticeMs)
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

function reasonOf(error: Error & { code?: string }, url: string): string {
  return error.code ?? error.message.replaceAll(url, redactRedisUrl(url))
}
