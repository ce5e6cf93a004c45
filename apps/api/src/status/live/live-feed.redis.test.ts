import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import { type LiveState, type NodeReport, REDIS_AWAY } from '@kptv/contract'
import { createEventLog } from '@kptv/events'
import { nullLogger as logger } from '@kptv/logging'
import { connectRedis, createKeys, type Redis } from '@kptv/redis'
import { createManualClock, eventually, type RedisForTests, startRedisForTests } from '@kptv/testkit'
import { answerReports } from './answer-reports.ts'
import { LiveFeed, type LiveMessage } from './live-feed.ts'

// A server is started: only a hang shall end a test.
jest.setTimeout(120_000)

const NODES = ['edge-1', 'edge-2', 'edge-3']

let server: RedisForTests
let redis: Redis
const connections: Redis[] = []
const connect = async (role: 'commands' | 'subscriber') => {
  const connection = await connectRedis({ url: server.url, role, name: 'live', logger })
  connections.push(connection)
  return connection
}
beforeAll(async () => {
  server = await startRedisForTests({ isPrivate: true })
  redis = await connect('commands')
})
afterAll(async () => {
  for (const connection of connections) connection.disconnect()
  await server.stop()
})
beforeEach(() => redis.flushdb())

const reportOf = (node: string, at: number): NodeReport => ({
  at,
  incarnation: `${node}-1`,
  node,
  version: '1.0.0',
  state: 'serving',
  startedAt: 1,
  viewers: 0,
  sentBitsPerSecond: 0,
  ringBytes: 0,
  direct: [],
  channels: [],
})

/** How many messages were published so far, by all. */
async function published(): Promise<number> {
  const statistics = String(await server.command('INFO', 'commandstats'))
  return Number(/cmdstat_publish:calls=(\d+)/.exec(statistics)?.[1] ?? 0)
}

/** Nodes that report, and the feed of the first of them. */
async function startNodes(name: string) {
  const keys = createKeys(`kptv:${name}:`)
  const state = {
    nowMs: 1_700_000_000_000,
    isAway: false,
    ended: new Set<string>(),
    silent: new Set<string>(),
    draining: new Set<string>(),
  }
  const clock = createManualClock()
  const changed = new Map<string, () => void>()
  for (const node of NODES) {
    await answerReports({
      redis: {
        publish: (async (channel: string, text: string) =>
          state.silent.has(node) ? 0 : redis.publish(channel, text)) as Redis['publish'],
      },
      subscriber: await connect('subscriber'),
      keys,
      report: () => ({ ...reportOf(node, state.nowMs), state: state.draining.has(node) ? 'draining' : 'serving' }),
      onChange: (listener) => void changed.set(node, listener),
      clock,
    })
  }
  const feed = new LiveFeed({
    redis,
    subscriber: await connect('subscriber'),
    keys,
    sources: async () => {
      if (state.isAway) throw new Error('Redis is away')
      return {}
    },
    notices: () => [],
    log: createEventLog({ redis, keys }),
    about: (id) => ({ name: id, logo: false, streams: [] }),
    isEnded: async (incarnation) => state.ended.has(incarnation),
    nowMs: () => state.nowMs,
    clock,
  })
  /** Time passes until then. */
  const eventuallyThere = <Value>(what: string, condition: () => Value | Promise<Value>) =>
    eventually(what, async () => {
      await clock.advance(200)
      return condition()
    })
  const open = async (page: ReturnType<typeof createPage>, lastId?: number) => {
    let leave: (() => void) | undefined
    void feed.watch(page.watch, lastId).then((end) => {
      leave = end
    })
    return eventuallyThere('the page is open', () => leave)
  }
  return { state, open, eventually: eventuallyThere, changed: (node: string) => changed.get(node)?.() }
}

/** What a page knows from its messages. */
function createPage() {
  const messages: LiveMessage[] = []
  const nodes = (): Record<string, unknown> => {
    const states: Record<string, unknown> = {}
    for (const message of messages) {
      const given = message.type === 'all' ? message.state.nodes : message.type === 'change' ? message.change.nodes : {}
      for (const [id, row] of Object.entries(given ?? {}) as Array<
        [string, Partial<LiveState['nodes'][string]> | null]
      >)
        if (row?.state !== undefined) states[id] = row.state
    }
    return states
  }
  return { messages, nodes, watch: (message: LiveMessage) => void messages.push(message) }
}

test('nothing is published until a page is open; then each node reports; afterwards nothing again', async () => {
  const { open, eventually, changed } = await startNodes('quiet')
  const before = await published()
  for (const node of NODES) changed(node)
  expect(await published()).toBe(before)

  const page = createPage()
  const leave = await open(page)
  await eventually('all nodes are seen', () => Object.keys(page.nodes()).length === NODES.length)
  expect(await published()).toBeGreaterThan(before + NODES.length)

  leave()
  // What was asked for just before is still answered.
  let last = -1
  await eventually('it is quiet', async () => {
    const now = await published()
    const isQuiet = now === last
    last = now
    await new Promise((resolve) => setTimeout(resolve, 100))
    return isQuiet
  })
  expect(await published()).toBe(last)
})

test('a changed node reports at once; one whose end is proven is gone; a merely silent one is not', async () => {
  const { state, open, eventually, changed } = await startNodes('changes')
  const page = createPage()
  const leave = await open(page)
  await eventually('all are seen', () => Object.keys(page.nodes()).length === NODES.length)
  state.draining.add('edge-2')
  changed('edge-2')
  await eventually('it drains', () => page.nodes()['edge-2-1'] === 'draining')
  state.silent.add('edge-3')
  state.ended.add('edge-3-1')
  state.nowMs += 2_000
  await eventually('it is gone', () => page.nodes()['edge-3-1'] === 'gone')
  expect(page.nodes()['edge-1-1']).toBe('serving')
  state.silent.clear()
  await eventually('it is back', () => page.nodes()['edge-3-1'] === 'serving')
  leave()
})

test('a returning page gets what it missed; another edge sends it everything', async () => {
  const { state, open, eventually, changed } = await startNodes('resume')
  const [stays, page, back] = [createPage(), createPage(), createPage()]
  const leaveStays = await open(stays)
  const leave = await open(page)
  leave()
  const lastId = page.messages.flatMap((message) => ('id' in message ? [message.id] : [])).at(-1)!
  await eventually('all are seen', () => Object.keys(stays.nodes()).length === NODES.length)
  state.draining.add('edge-2')
  changed('edge-2')
  await eventually('it drains', () => stays.nodes()['edge-2-1'] === 'draining')
  ;(await open(back, lastId))()
  expect(back.messages.every(({ type }) => type === 'change')).toBe(true)
  expect(back.nodes()['edge-2-1']).toBe('draining')

  const other = await startNodes('resume')
  const there = createPage()
  ;(await other.open(there, lastId))()
  expect(there.messages.map(({ type }) => type)).toEqual(['all'])
  leaveStays()
})

test('while the sources cannot be read, a notice says that nothing is known', async () => {
  const { state, open, eventually } = await startNodes('away')
  const page = createPage()
  const leave = await open(page)
  const notices = (): unknown[] =>
    page.messages.flatMap((message) =>
      message.type === 'change' && message.change.notices ? [message.change.notices] : [],
    )
  state.isAway = true
  await eventually('it is said', () => notices().length === 1)
  expect(notices()).toEqual([{ [REDIS_AWAY]: { text: expect.stringContaining('Redis') } }])
  state.isAway = false
  await eventually('it is over', () => notices().length === 2)
  expect(notices()[1]).toEqual({ [REDIS_AWAY]: null })
  leave()
})
