import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { nullLogger } from '@kptv/logging'
import { clusterKeys, connectRedis, type Redis } from '@kptv/redis'
import { eventually, type RedisForTests, startRedisForTests } from '@kptv/testkit'
import { createJobRequests } from './job-requests.ts'

let server: RedisForTests
let connection: Redis

beforeAll(async () => {
  server = await startRedisForTests({ isPrivate: true })
  connection = await connectRedis({ url: server.url, role: 'commands', name: 'edge', logger: nullLogger })
}, 60_000)

afterAll(async () => {
  connection?.disconnect()
  await server?.stop()
})

const waitingImports = () => server.command('LLEN', 'kptv:0:{jobs}:imports:wait')

test('an order given while Redis is away fails at once, the first one too, and later ones reach the workers', async () => {
  const { jobs: prefix } = clusterKeys({ redisUrl: server.url })
  const errors: unknown[] = []
  await using requests = createJobRequests({ connection, prefix, onError: (error) => errors.push(error) })
  await server.killHard()
  await expect(requests.requestRefresh(['one'])).rejects.toThrow()
  await server.restart()
  const order = () =>
    requests.requestRefresh(['one']).then(
      () => true,
      () => false,
    )
  await eventually('Redis is back', order, { deadlineMs: 30_000 })
  expect(await waitingImports()).toBe(1)
  expect(errors).toEqual([])
}, 90_000)
