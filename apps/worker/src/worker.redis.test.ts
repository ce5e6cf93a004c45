import { existsSync, readdirSync } from 'node:fs'
import { constants, getPriority } from 'node:os'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { createCatalogReader } from '@kptv/catalog'
import { nullLogger as logger } from '@kptv/logging'
import { connectRedis, createKeys, type Redis } from '@kptv/redis'
import { eventually, type RedisForTests, type StartedProcess, startProcess, startRedisForTests } from '@kptv/testkit'
import { exampleList, startListServer } from '../test-support/list-server.ts'
import { redisContent } from '../test-support/redis-content.ts'

// Processes and servers are started: only a hang shall end a test.
jest.setTimeout(240_000)

let server: RedisForTests
let redis: Redis
let listServer: Awaited<ReturnType<typeof startListServer>>
const workers: StartedProcess[] = []
beforeAll(async () => {
  server = await startRedisForTests({ isPrivate: true })
  redis = await connectRedis({ url: server.url, role: 'commands', name: 'test', logger })
  listServer = await startListServer()
})
afterAll(async () => {
  redis.disconnect()
  await listServer[Symbol.asyncDispose]()
  await server.stop()
})
beforeEach(() => redis.flushall())
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.stop()
})

const login = 'username=canary-user&password=canary-pass'
const sourceUrl = (path: string) => `${listServer.url(path)}?${login}`

async function startWorker(sources: string, env: Record<string, string> = {}): Promise<StartedProcess> {
  const file = new URL('./main.ts', import.meta.url)
  const settings = { REDIS_URL: server.url, SOURCES: sources, DEBUG: 'true', NODE_ID: 'worker-1', ...env }
  const worker = await startProcess({ file, env: settings })
  workers.push(worker)
  return worker
}

async function servedChannels(): Promise<number | undefined> {
  const reader = createCatalogReader({ redis, keys: createKeys() })
  const generation = await reader.currentGeneration()
  return generation === undefined ? undefined : (await reader.info(generation))?.channels
}

const catalogueOf = (channels: number) =>
  eventually(
    `a catalogue of ${channels} channels`,
    async () => (await servedChannels().catch(() => undefined)) === channels,
    // A job whose worker was killed comes back after its lock and two checks.
    { deadlineMs: 120_000 },
  )

/** Of each of its threads, where the system shows them. */
function prioritiesOf({ pid }: StartedProcess): number[] {
  const folder = `/proc/${pid}/task`
  const threads = existsSync(folder) ? readdirSync(folder) : [String(pid)]
  return threads.map((thread) => getPriority(Number(thread)))
}

describe('a worker process', () => {
  test('yields with all its threads to all other processes of its machine, once there is a catalogue', async () => {
    listServer.serveAndHang('/slow.m3u', '#EXTM3U\n')
    const worker = await startWorker(`${sourceUrl('/slow.m3u')}|1`)
    await worker.waitForLine('import started')
    // That of its parent, as it is for any process.
    expect(new Set(prioritiesOf(worker))).toEqual(new Set([getPriority()]))
    await worker.stop()

    listServer.serve('/small.m3u', exampleList(5))
    const next = await startWorker(`${sourceUrl('/small.m3u')}|1`)
    const isBehind = () => prioritiesOf(next).every((priority) => priority === constants.priority.PRIORITY_BELOW_NORMAL)
    await eventually('it yields to the others', isBehind, { deadlineMs: 60_000 })
    expect(await servedChannels()).toBe(5)
  })

  test('imports, and leaves no credential in Redis or in the log', async () => {
    const body = exampleList(500, { login: 'canary-user/canary-pass' }).replaceAll(
      '=user&password=pass',
      `=canary-user&password=canary-pass`,
    )
    listServer.serve('/one', body)
    const worker = await startWorker(`${sourceUrl('/one')}|2,${sourceUrl('/broken')}|1`)
    await catalogueOf(500)
    await worker.waitForLine('list could not be fetched')
    const content = await redisContent(server, redis)
    expect(content).toContain('import-source')
    expect(content).toContain('{secret-')
    for (const text of [content, worker.output(), String(await server.command('CLIENT', 'LIST'))]) {
      expect(text).not.toMatch(/canary/i)
      expect(text).not.toContain(Buffer.from('canary-pass').toString('base64').slice(0, 10))
    }
  })

  test('the health check of its container passes while it runs', async () => {
    const checkHealth = async () => {
      const file = new URL('./check-health.ts', import.meta.url)
      const check = await startProcess({ file, env: { REDIS_URL: server.url, NODE_ID: 'worker-1' } })
      return (await check.waitForExit()).code
    }
    expect(await checkHealth()).toBe(1)
    const worker = await startWorker(`${sourceUrl('/nothing')}|1`)
    await worker.waitForLine('worker started')
    await eventually('the first beat', () => redis.exists('kptv:0:worker:worker-1'))
    expect(await checkHealth()).toBe(0)
    const lastJobAt = async () => (await redis.hget('kptv:0:worker:worker-1', 'lastJobAt')) ?? ''
    await eventually('a later beat reports its job', async () => Date.parse(await lastJobAt()) > 0, {
      deadlineMs: 60_000,
    })
  })

  test('drains on SIGTERM and exits 0', async () => {
    listServer.serveAndHang('/hang', exampleList(2000))
    const worker = await startWorker(`${sourceUrl('/hang')}|1`)
    await worker.waitForLine('import started')
    worker.kill('SIGTERM')
    expect(await worker.waitForExit()).toEqual({ code: 0, signal: null })
    expect(await redis.exists('kptv:0:worker:worker-1')).toBe(0)
    expect(worker.output()).toContain('worker stopped')
  })

  test('bad settings end it with one message', async () => {
    const worker = await startWorker('ftp://nowhere', { WORKER_THREADS: '0' })
    expect((await worker.waitForExit()).code).toBe(1)
    expect(worker.output()).toMatch(/SOURCES[\s\S]*WORKER_THREADS/)
  })
})

test('kill -9 in mid-import: the catalogue stays as it was, the next worker repairs it', async () => {
  listServer.serve('/one', exampleList(100))
  const first = await startWorker(`${sourceUrl('/one')}|1`)
  await catalogueOf(100)
  first.kill('SIGKILL')
  await first.waitForExit()

  // Packs are sent when some are full.
  listServer.serveAndHang('/one', exampleList(100_000).slice(0, -1000))
  const second = await startWorker(`${sourceUrl('/one')}|1`, { IMPORT_REFRESH_INTERVAL: '10s' })
  await eventually(
    'entries of the new list are staged',
    async () => (await redis.keys('kptv:0:*:list:*')).length === 2,
    {
      deadlineMs: 60_000,
    },
  )
  second.kill('SIGKILL')
  await second.waitForExit()
  expect(await servedChannels()).toBe(100)

  listServer.serve('/one', exampleList(3000))
  await startWorker(`${sourceUrl('/one')}|1`, { IMPORT_REFRESH_INTERVAL: '10s' })
  await catalogueOf(3000)
})

test('Redis comes back empty: schedules and catalogue are restored', async () => {
  listServer.serve('/one', exampleList(50))
  const worker = await startWorker(`${sourceUrl('/one')}|1`)
  await catalogueOf(50)
  await server.restart()
  await catalogueOf(50)
  const schedules = () => redis.zcard(`${createKeys().jobs}:imports:repeat`)
  await eventually('the schedule is there', async () => (await schedules()) === 1)
  expect(worker.exit()).toBeUndefined()
})

test('Redis is not up yet: the worker logs it and waits', async () => {
  listServer.serve('/one', exampleList(5))
  await server.killHard()
  const worker = await startWorker(`${sourceUrl('/one')}|1`)
  await worker.waitForLine('waiting for Redis')
  await server.restart()
  await catalogueOf(5)
})
