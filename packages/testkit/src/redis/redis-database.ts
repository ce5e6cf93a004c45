import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectToRedis, type RedisConnection, sendRedisCommand } from './redis-connection.ts'
import { type RedisForTests, withoutProcess } from './redis-for-tests.ts'

/** A dead test run blocks its database no longer than this. */
const LOCK_MS = 60_000
const WAIT_FOR_DATABASE_MS = 120_000

const RENEW_SCRIPT = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0`
const UNLOCK_SCRIPT = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`

/**
 * Takes one database of a shared server for this test file: locked by a key in database 0, flushed
 * now and at the end. Database 0 itself is never flushed.
 */
export async function claimRedisDatabase(serverUrl: string): Promise<RedisForTests> {
  const lockUrl = withDatabase(serverUrl, 0)
  const token = randomUUID()
  const lockServer = await connectToRedis(lockUrl)
  const database = await claimFreeDatabase(lockServer, token).finally(() => lockServer.close())
  const url = withDatabase(serverUrl, database)
  const renewal = setInterval(() => {
    // A failed renewal shows in the tests themselves: Redis is away.
    sendRedisCommand(lockUrl, 'EVAL', RENEW_SCRIPT, 1, lockKey(database), token, LOCK_MS).catch(() => {})
  }, LOCK_MS / 4)
  renewal.unref()
  await sendRedisCommand(url, 'FLUSHDB')

  const stop = async () => {
    clearInterval(renewal)
    await sendRedisCommand(url, 'FLUSHDB')
    await sendRedisCommand(lockUrl, 'EVAL', UNLOCK_SCRIPT, 1, lockKey(database), token)
  }
  return {
    kind: 'database',
    url,
    keyPrefix: `kptv-test-${token.slice(0, 8)}:`,
    command: (...parts) => sendRedisCommand(url, ...parts),
    ...withoutProcess('REDIS_URL names a shared server: ask startRedisForTests for { isPrivate: true } to do this'),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

async function claimFreeDatabase(lockServer: RedisConnection, token: string): Promise<number> {
  const databases = await countDatabases(lockServer)
  const giveUpAt = performance.now() + WAIT_FOR_DATABASE_MS
  while (performance.now() < giveUpAt) {
    for (let database = 1; database < databases; database++) {
      const answer = await lockServer.command('SET', lockKey(database), token, 'NX', 'PX', LOCK_MS)
      if (answer === 'OK') return database
    }
    await sleep(200)
  }
  throw new Error(`All ${databases - 1} databases of the Redis in REDIS_URL have been in use for two minutes`)
}

async function countDatabases(lockServer: RedisConnection): Promise<number> {
  // Hosted servers often forbid CONFIG; 16 is the default of Redis.
  const answer = await lockServer.command('CONFIG', 'GET', 'databases').catch(() => null)
  return Array.isArray(answer) && answer[1] !== undefined ? Number(answer[1]) : 16
}

function lockKey(database: number): string {
  return `kptv-test:lock:database-${database}`
}

function withDatabase(serverUrl: string, database: number): string {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  return url.href
}
