import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { eventually, type RedisForTests, startRedisForTests } from '@kptv/testkit'
import { Redis } from 'ioredis'
import { createJobQueues } from './job-queues.ts'
import { startJobRunners } from './job-runners.ts'
import { registerHandlers } from './register-handlers.ts'

// Starts processes and servers: the time limit is only there to end a hang.
jest.setTimeout(120_000)

let server: RedisForTests
let connection: Redis
let prefix: string
beforeAll(async () => {
  server = await startRedisForTests()
  prefix = `${server.keyPrefix}{jobs}`
  connection = new Redis(server.url, { maxRetriesPerRequest: null, replyMapping: 'legacy' })
})
afterAll(async () => {
  connection.disconnect()
  await server.stop()
})
beforeEach(() => connection.flushdb())

const logger = { debug() {}, info() {}, warn() {}, error() {} }
const onError = (error: unknown) => {
  throw error
}
const createQueues = () => createJobQueues({ connection, prefix, onError })

const OTHER_HANDLERS = [
  { name: 'import-guide', async handle() {} },
  { name: 'build-guide', async handle() {} },
  { name: 'send-webhook', async handle() {} },
] as const

/** Runners whose imports wait for `finish`. */
function startRunners(importsAtOnce = 2) {
  const started: string[] = []
  let builds = 0
  const waiting: Array<() => void> = []
  let most = 0
  let running = 0
  const handlers = registerHandlers([
    {
      name: 'import-source',
      async handle({ sourceId }) {
        started.push(sourceId)
        running += 1
        most = Math.max(most, running)
        await new Promise<void>((resolve) => waiting.push(resolve))
        running -= 1
      },
    },
    {
      name: 'build-catalog',
      async handle() {
        builds += 1
      },
    },
    ...OTHER_HANDLERS,
  ])
  const runners = startJobRunners({ connection, prefix, handlers, importsAtOnce, logger })
  return {
    started,
    builds: () => builds,
    most: () => most,
    finishAll() {
      for (const finish of waiting.splice(0)) finish()
    },
    async [Symbol.asyncDispose]() {
      const finishing = setInterval(() => this.finishAll(), 20)
      await runners[Symbol.asyncDispose]()
      clearInterval(finishing)
    },
  }
}

describe('schedules', () => {
  test('runs first one interval from now; a repeated request changes nothing; another interval does', async () => {
    await using queues = createQueues()
    await queues.scheduleImport({ sourceId: 's1', everyMs: 600_000 })
    const keysBefore = (await connection.keys('*')).sort()
    await queues.scheduleImport({ sourceId: 's1', everyMs: 600_000 })
    expect((await connection.keys('*')).sort()).toEqual(keysBefore)
    const next = await connection.zscore(`${prefix}:imports:repeat`, 'import:s1')
    expect(Number(next)).toBeGreaterThan(Date.now() + 500_000)
    expect(await connection.llen(`${prefix}:imports:wait`)).toBe(0)
    await queues.scheduleImport({ sourceId: 's1', everyMs: 700_000 })
    expect(await connection.zcard(`${prefix}:imports:delayed`)).toBe(1)
    expect(await queues.scheduledSources()).toEqual(['s1'])
    await queues.unscheduleImport('s1')
    expect(await queues.scheduledSources()).toEqual([])
    expect(await connection.zcard(`${prefix}:imports:delayed`)).toBe(0)
  })

  test('runs repeatedly', async () => {
    await using queues = createQueues()
    await using runners = startRunners()
    await queues.scheduleImport({ sourceId: 's1', everyMs: 300 })
    await eventually('it has run three times', () => {
      runners.finishAll()
      return runners.started.length >= 3
    })
  })

  test('recreates a chain that has stopped', async () => {
    await using queues = createQueues()
    await queues.scheduleImport({ sourceId: 's1', everyMs: 600_000 })
    await connection.zadd(`${prefix}:imports:repeat`, Date.now() - 300_000, 'import:s1')
    await queues.scheduleImport({ sourceId: 's1', everyMs: 600_000 })
    const score = await connection.zscore(`${prefix}:imports:repeat`, 'import:s1')
    expect(Number(score)).toBeGreaterThan(Date.now())
  })
})

describe('requests', () => {
  test('of many requests for one source one runs, and one more after it', async () => {
    await using queues = createQueues()
    await using runners = startRunners()
    await queues.requestRefresh(['s1'])
    await eventually('the first runs', () => runners.started.length === 1)
    for (let count = 0; count < 5; count += 1) await queues.requestRefresh(['s1'])
    runners.finishAll()
    await eventually('the second runs', () => runners.started.length === 2)
    runners.finishAll()
    await queues.requestRefresh(['s2'])
    await eventually('another source runs', () => runners.started.includes('s2'))
    expect(runners.started).toEqual(['s1', 's1', 's2'])
  })

  test('an import resting after a failure runs at once on request', async () => {
    await using queues = createQueues()
    let runs = 0
    const handlers = registerHandlers([
      {
        name: 'import-source',
        async handle() {
          runs += 1
          if (runs === 1) throw new Error('the first try fails')
        },
      },
      { name: 'build-catalog', async handle() {} },
      ...OTHER_HANDLERS,
    ])
    await using _runners = startJobRunners({ connection, prefix, handlers, importsAtOnce: 1, logger })
    await queues.requestRefresh(['s1'])
    await eventually('the job waits for its next try', () => connection.zcard(`${prefix}:imports:delayed`))
    await queues.requestRefresh(['s1'])
    await eventually('it has run again', () => runs === 2)
  })

  test('runs no more imports at once than allowed', async () => {
    await using queues = createQueues()
    await using runners = startRunners(2)
    await queues.requestRefresh(['a', 'b', 'c', 'd', 'e'])
    await eventually('all have run', () => {
      if (runners.started.length >= 2) runners.finishAll()
      return runners.started.length === 5
    })
    expect(runners.most()).toBe(2)
  })

  test('runs a build', async () => {
    await using queues = createQueues()
    await using runners = startRunners()
    await queues.requestBuild()
    await eventually('the build has run', () => runners.builds() === 1)
  })
})

test('all keys have the prefix, and job data is only the source id', async () => {
  await using queues = createQueues()
  await queues.scheduleImport({ sourceId: 's1', everyMs: 600_000 })
  await queues.requestRefresh(['s1'])
  const names = await connection.keys('*')
  expect(names.every((name) => name.startsWith(`${prefix}:`))).toBe(true)
  const [jobId] = await connection.lrange(`${prefix}:imports:wait`, 0, 0)
  expect(await connection.hget(`${prefix}:imports:${jobId}`, 'data')).toBe('{"sourceId":"s1"}')
})

test('closing waits for running jobs, but not for a blocking read that is never answered', async () => {
  await using queues = createQueues()
  const deaf = new Redis(server.url, { maxRetriesPerRequest: null, replyMapping: 'legacy' })
  const duplicate = deaf.duplicate.bind(deaf)
  let lost = 0
  deaf.duplicate = (...options) => {
    const copy = duplicate(...options)
    copy.bzpopmin = () => {
      lost += 1
      return new Promise(() => undefined)
    }
    return copy
  }
  let finish: () => void = () => undefined
  const handlers = registerHandlers([
    { name: 'import-source', handle: () => new Promise<void>((resolve) => (finish = resolve)) },
    { name: 'build-catalog', async handle() {} },
    ...OTHER_HANDLERS,
  ])
  await queues.requestRefresh(['s1'])
  const runners = startJobRunners({ connection: deaf, prefix, handlers, importsAtOnce: 2, logger })
  await eventually('one runs, and all four queues are read', async () => lost === 4 && (await isActive()))
  let isClosed = false
  const closing = runners[Symbol.asyncDispose]().then(() => (isClosed = true))
  // Longer than it would wait for a read.
  await sleep(3500)
  expect(isClosed).toBe(false)
  finish()
  await closing
  expect(await isActive()).toBe(false)
  deaf.disconnect()

  async function isActive() {
    return (await connection.llen(`${prefix}:imports:active`)) > 0
  }
})
