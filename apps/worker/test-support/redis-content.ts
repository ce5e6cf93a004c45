import { gunzipSync } from 'node:zlib'
import type { Redis } from '@kptv/redis'
import type { RedisForTests } from '@kptv/testkit'

/**
 * Everything that a Redis holds, names and values of all types, as one text for searching;
 * compressed values inflated.
 */
export async function redisContent(server: RedisForTests, redis: Redis): Promise<string> {
  const parts: string[] = []
  let cursor = '0'
  do {
    const [next, names] = (await server.command('SCAN', cursor, 'COUNT', 1000)) as [string, string[]]
    cursor = next
    for (const name of names) parts.push(name, JSON.stringify(await readValue({ server, redis, name })))
  } while (cursor !== '0')
  return parts.join('\n')
}

type Reading = { readonly server: RedisForTests; readonly redis: Redis; readonly name: string }

async function readValue({ server, redis, name }: Reading): Promise<unknown> {
  switch (await server.command('TYPE', name)) {
    case 'string':
      return server.command('GET', name)
    case 'hash':
      return Object.entries(await redis.hgetallBuffer(name)).map(([field, value]) => [field, textOf(value)])
    case 'list':
      return server.command('LRANGE', name, 0, -1)
    case 'set':
      return server.command('SMEMBERS', name)
    case 'zset':
      return server.command('ZRANGE', name, 0, -1)
    case 'stream':
      return server.command('XRANGE', name, '-', '+')
    default:
      return undefined
  }
}

function textOf(value: Buffer): string {
  return (value[0] === 0x1f && value[1] === 0x8b ? gunzipSync(value) : value).toString()
}
