import type { RedisForTests } from '@kptv/testkit'

/** Everything that a Redis holds, names and values of all types, as one text for searching. */
export async function redisContent(server: RedisForTests): Promise<string> {
  const parts: string[] = []
  let cursor = '0'
  do {
    const [next, names] = (await server.command('SCAN', cursor, 'COUNT', 1000)) as [string, string[]]
    cursor = next
    for (const name of names) parts.push(name, JSON.stringify(await readValue(server, name)))
  } while (cursor !== '0')
  return parts.join('\n')
}

async function readValue(server: RedisForTests, name: string): Promise<unknown> {
  switch (await server.command('TYPE', name)) {
    case 'string':
      return server.command('GET', name)
    case 'hash':
      return server.command('HGETALL', name)
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
