import { sendRedisCommand } from './redis-connection.ts'
import { type RedisForTests, withoutProcess } from './redis-for-tests.ts'

/** A server in a container, when Docker is there and no binary is. */
export async function startRedisContainer(): Promise<RedisForTests> {
  // Loaded late: it is big, and machines with redis-server never need it.
  const { RedisContainer } = await import('@testcontainers/redis')
  const container = await new RedisContainer('redis:7-alpine').start()
  const url = container.getConnectionUrl()
  const stop = async () => void (await container.stop())
  return {
    kind: 'container',
    url,
    keyPrefix: 'kptv:',
    command: (...parts) => sendRedisCommand(url, ...parts),
    ...withoutProcess('Only a Redis that runs as a child process can do this: put redis-server into PATH'),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
