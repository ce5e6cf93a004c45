import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { eventually, type RedisClusterForTests, startRedisCluster } from '@kptv/testkit'
import { Cluster } from 'ioredis'
import { createJobQueues } from './job-queues.ts'
import { startJobRunners } from './job-runners.ts'
import { registerHandlers } from './register-handlers.ts'

// Starts servers: the time limit is only there to end a hang.
jest.setTimeout(120_000)

const prefix = 'kptv:{jobs}'
let server: RedisClusterForTests
let connection: Cluster
beforeAll(async () => {
  server = await startRedisCluster({ replicas: 1 })
  const hosts = server.primaries.map(({ url }) => ({ host: '127.0.0.1', port: Number(new URL(url).port) }))
  connection = new Cluster(hosts, { redisOptions: { maxRetriesPerRequest: null, replyMapping: 'legacy' } })
  connection.on('error', () => undefined)
})
afterAll(async () => {
  connection.disconnect()
  await server.stop()
})

test('on a Redis Cluster jobs are scheduled, requested, done, and done again after a failover', async () => {
  const errors: unknown[] = []
  await using queues = createJobQueues({ connection, prefix, onError: (error) => errors.push(error) })
  const done: string[] = []
  const handlers = registerHandlers([
    { name: 'import-source', handle: async ({ sourceId }) => void done.push(sourceId) },
    { name: 'build-catalog', handle: async () => void done.push('build') },
    { name: 'import-guide', async handle() {} },
    { name: 'build-guide', async handle() {} },
    { name: 'send-webhook', async handle() {} },
  ])
  const logger = { debug() {}, info() {}, warn() {}, error() {} }
  await using _ = startJobRunners({ connection, prefix, handlers, importsAtOnce: 2, logger })
  await queues.scheduleImport({ sourceId: 'scheduled', everyMs: 3_600_000 })
  expect(await queues.scheduledSources()).toEqual(['scheduled'])
  await queues.requestRefresh(['one', 'two'])
  await queues.requestBuild()
  await eventually('all are done', () => ['one', 'two', 'build'].every((name) => done.includes(name)))
  expect(errors).toEqual([])

  const primary = await server.primaryOf(`${prefix}:x`)
  const sizes = async (nodes: typeof server.replicas) =>
    (await Promise.all(nodes.map((node) => node.command('DBSIZE')))).map(Number).sort().join()
  await eventually(
    'the replicas have all',
    async () => (await sizes(server.replicas)) === (await sizes(server.primaries)),
  )
  await primary.killHard()
  const askAgain = async () => {
    await queues.requestRefresh(['again']).catch(() => undefined)
    return done.includes('again')
  }
  await eventually('jobs are done again', askAgain, { deadlineMs: 60_000 })
  expect(await queues.scheduledSources()).toEqual(['scheduled'])
})
