import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import { redactUrl } from '@kptv/addresses'
import { loadSettings, secretsOf } from '@kptv/config'
import { type EventFacts, webhookMessage } from '@kptv/contract'
import { createEventLog } from '@kptv/events'
import { createJobQueues, registerHandlers, startJobRunners } from '@kptv/jobs'
import { createLogger } from '@kptv/logging'
import { connectRedis, createKeys, type Redis } from '@kptv/redis'
import { eventually, findFreePort, type RedisForTests, startRedisForTests } from '@kptv/testkit'
import { redisContent } from '../../test-support/redis-content.ts'
import { startWebhookReceiver } from '../../test-support/webhook-receiver.ts'
import { composeWebhooks } from './compose-webhooks.ts'

// Servers are started: only a hang shall end a test.
jest.setTimeout(120_000)

const PATIENCE = { deadlineMs: 60_000 }

let server: RedisForTests
let redis: Redis
let jobRedis: Redis
let receiver: Awaited<ReturnType<typeof startWebhookReceiver>>
const lines: string[] = []
const reported: unknown[] = []
const secretLogger = (secrets: readonly string[]) =>
  createLogger({
    bindings: {},
    debug: true,
    secrets,
    redactUrl,
    destination: { write: (line) => void lines.push(line) },
  })

beforeAll(async () => {
  const logger = secretLogger([])
  server = await startRedisForTests()
  redis = await connectRedis({ url: server.url, role: 'commands', name: 'test', logger })
  jobRedis = await connectRedis({ url: server.url, role: 'jobs', name: 'test-jobs', logger })
  receiver = await startWebhookReceiver()
})
afterAll(async () => {
  redis.disconnect()
  jobRedis.disconnect()
  await receiver[Symbol.asyncDispose]()
  await server.stop()
})
beforeEach(async () => {
  await redis.flushdb()
  receiver.received.length = 0
  lines.length = 0
  reported.length = 0
})

/** Two workers with these settings, once they know the present as the past. */
async function startWorkers(environment: Record<string, string>) {
  const settings = loadSettings({ REDIS_URL: server.url, ...environment })
  const keys = createKeys(server.keyPrefix)
  const log = createEventLog({ redis, keys })
  const logger = secretLogger(secretsOf(settings))
  const stack = new AsyncDisposableStack()
  await redis.set(keys.webhookCursor, '0-0')
  for (const holder of ['one', 'other']) {
    const jobs = stack.use(
      createJobQueues({ connection: jobRedis, prefix: keys.jobs, onError: () => undefined, webhookRetryMs: 20 }),
    )
    const webhooks = composeWebhooks({
      settings,
      redis,
      keys,
      log,
      jobs,
      report: (facts) => void reported.push(facts),
      holder: holder + randomUUID(),
      logger,
      everyMs: 20,
    })
    const handlers = registerHandlers([
      webhooks.handler,
      ...(['import-source', 'build-catalog', 'import-guide', 'build-guide'] as const).map((name) => ({
        name,
        async handle() {},
      })),
    ])
    stack.use(startJobRunners({ connection: jobRedis, prefix: keys.jobs, handlers, importsAtOnce: 1, logger }))
    stack.use(webhooks.start())
  }
  return {
    keys,
    report: (facts: EventFacts, node = 'edge-1') => log.append({ at: Date.now(), node, facts }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

const alarm = (sourceName: string): EventFacts => ({
  type: 'alarm',
  source: 'a',
  sourceName,
  code: 'shrunk',
  message: 'list refused: 40 % of its entries are missing',
})
const channelFailed = (channel: string): EventFacts => ({
  type: 'channel-failed',
  channel,
  channelName: channel,
  code: 'streams-failing',
})
const arrived = (path: string, count: number) =>
  eventually(`${count} at ${path}`, () => receiver.at(path).length >= count, PATIENCE)

test('an alarm reaches each receiver once, in its format, even with several workers; other events reach none', async () => {
  const { host } = receiver
  await using workers = await startWorkers({
    WEBHOOKS: `http://${host}/json discord+http://${host}/discord slack+http://${host}/slack ntfy+http://ann:pass@${host}/ntfy`,
  })
  await workers.report({ type: 'node-started', version: '1.2.3' })
  await workers.report(alarm('Provider A'))
  await workers.report({ type: 'order', order: 'stop', outcome: 'done', address: '192.0.2.7' })
  await workers.report({ type: 'alarm-over', source: 'a', sourceName: 'Provider A' })
  for (const path of ['/json', '/discord', '/slack', '/ntfy']) await arrived(path, 2)
  const sentence = 'Alarm, Provider A: list refused: 40 % of its entries are missing.'
  const messages = receiver.at('/json').map(({ body }) => webhookMessage.parse(JSON.parse(body)))
  expect(new Set(messages.map(({ text }) => text))).toEqual(new Set([sentence, 'Provider A has recovered.']))
  const bodies = (path: string) => receiver.at(path).map(({ body }) => body)
  expect(bodies('/discord').map((body) => JSON.parse(body).content)).toContain(sentence)
  expect(bodies('/slack').map((body) => JSON.parse(body).text)).toContain(sentence)
  expect(bodies('/ntfy')).toContain(sentence)
  expect(receiver.at('/ntfy')[0]?.headers).toMatchObject({
    title: 'KPTV',
    authorization: `Basic ${Buffer.from('ann:pass').toString('base64')}`,
  })
  expect(receiver.received).toHaveLength(8)
})

test("a repeating failure is sent once, from any node; another channel's failure is sent too", async () => {
  await using workers = await startWorkers({ WEBHOOKS: `http://${receiver.host}/hook` })
  for (const node of ['edge-1', 'edge-2', 'edge-1']) await workers.report(channelFailed('news'), node)
  await arrived('/hook', 1)
  await workers.report(channelFailed('news'), 'edge-3')
  await workers.report(channelFailed('sport'))
  await arrived('/hook', 2)
  const channels = receiver.at('/hook').map(({ body }) => JSON.parse(body).facts.channel)
  expect(channels).toEqual(['news', 'sport'])
})

test('undelivered events are sent again; refused ones are not, and no redirect is followed', async () => {
  const { host, answer } = receiver
  await using workers = await startWorkers({
    WEBHOOKS: ['away', 'busy', 'refuses', 'moved', 'later'].map((path) => `http://${host}/${path}`).join(' '),
  })
  answer('/away', 500, 502)
  answer('/busy', 429)
  answer('/refuses', 404)
  answer('/moved', 302)
  answer('/later', 503)
  await workers.report(alarm('A'))
  await arrived('/away', 3)
  await arrived('/busy', 2)
  // When it has said, and by a job of its own.
  await arrived('/later', 2)
  await eventually(
    'both refusals are final',
    () => ['404', '302'].every((status) => lines.some((line) => line.includes(`answered ${status}`))),
    PATIENCE,
  )
  expect(receiver.received.map(({ path }) => path).toSorted()).toEqual([
    '/away',
    '/away',
    '/away',
    '/busy',
    '/busy',
    '/later',
    '/later',
    '/moved',
    '/refuses',
  ])
  expect(reported).toEqual(
    expect.arrayContaining([
      { type: 'webhook-failed', webhook: '3-127.0.0.1', status: 404, isFinal: true },
      { type: 'webhook-failed', webhook: '5-127.0.0.1', status: 503, isFinal: false },
    ]),
  )
})

test('the addresses appear in no log line, key, job or value, whatever fails', async () => {
  const { host, answer } = receiver
  const hidden = 'CANARYtoken'
  const closed = await findFreePort()
  await using workers = await startWorkers({
    WEBHOOKS: [
      `http://${host}/api/webhooks/1/${hidden}`,
      `http://CANARYuser:CANARYpass@${host}/hook?key=${hidden}`,
      `ntfy+http://127.0.0.1:${closed}/${hidden}`,
      `slack+http://localhost:${closed}/services/${hidden}`,
    ].join(' '),
  })
  answer(`/api/webhooks/1/${hidden}`, 500, 403)
  answer(`/hook?key=${hidden}`, 400)
  await workers.report(alarm('A'))
  const failures = () => lines.filter((line) => line.includes('job failed')).length
  await eventually('all have failed', () => failures() >= 5, PATIENCE)
  const content = await redisContent(server, redis)
  expect(content).toContain('1-127.0.0.1')
  expect(content).toContain('ECONNREFUSED')
  for (const text of [content, lines.join('\n')])
    expect(text).not.toMatch(new RegExp(`CANARY|${Buffer.from('CANARY').toString('base64')}`))
})

test('nothing is sent in quiet hours, and nothing is lost', async () => {
  const now = new Date()
  const clock = (minutes: number) => new Date(now.getTime() + minutes * 60_000).toISOString().slice(11, 16)
  await using workers = await startWorkers({
    WEBHOOKS: `http://${receiver.host}/hook`,
    WEBHOOKS_QUIET_HOURS: `${clock(-60)}-${clock(60)} UTC`,
  })
  await workers.report(alarm('A'))
  const waiting = async () => redis.zcard(`${workers.keys.jobs}:webhooks:delayed`)
  await eventually('it waits', async () => (await waiting()) === 1, PATIENCE)
  expect(receiver.received).toEqual([])
})
