import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { eventually, findFreePort, type RedisForTests, startProcess, startRedisForTests } from '@kptv/testkit'
import {
  isGone,
  type ProcessStatus,
  type SupervisedNode,
  startSupervisedNode,
} from '../../test-support/supervised-node.ts'

const DEADLINE_MS = 30_000

/** A module that makes each process write which of these packages it loads. */
const SHOW_LOADED = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  import { writeSync } from 'node:fs'
  import { basename } from 'node:path'
  registerHooks({
    load(url, context, next) {
      const [, name] = /[/](ioredis|bullmq)[/]/.exec(url) ?? []
      if (name !== undefined) writeSync(1, basename(process.argv[1]) + ' loads ' + name + '\\n')
      return next(url, context)
    },
  })
`)}`

let redis: RedisForTests

beforeAll(async () => {
  redis = await startRedisForTests({ isPrivate: true })
}, 60_000)

afterAll(async () => {
  await redis?.stop()
})

const tombstoneOf = ({ incarnation }: ProcessStatus) => redis.command('GET', `kptv:0:dead:${incarnation}`)

/** Waits until another process serves in place of this one. */
function successor(node: SupervisedNode, { pid }: ProcessStatus): Promise<ProcessStatus> {
  const check = async () => {
    const status = await node.status()
    return status.pid === pid ? undefined : status
  }
  return eventually('another edge process serves', check, { deadlineMs: DEADLINE_MS })
}

describe('an edge process that is killed', () => {
  test('is replaced, and its tombstone gives the reason', async () => {
    const settings = { NODE_OPTIONS: `--import=${SHOW_LOADED}` }
    await using node = await startSupervisedNode({ redisUrl: redis.url, settings })
    const first = await node.status()
    // Loaded at the start, they would double the supervisor and add a seventh to the edge.
    expect(node.supervisor.output()).toContain('edge-process.ts loads ioredis')
    expect(node.supervisor.output()).not.toMatch(/main.ts loads|loads bullmq/)
    process.kill(first.pid, 'SIGKILL')
    await eventually('the tombstone is there', async () => (await tombstoneOf(first)) === 'signal SIGKILL')
    expect(node.supervisor.output()).toContain('main.ts loads ioredis')
    const lifetimeMs = Number(await redis.command('PTTL', `kptv:0:dead:${first.incarnation}`))
    expect(lifetimeMs).toBeGreaterThan(3_500_000)
    expect(lifetimeMs).toBeLessThanOrEqual(3_600_000)
    const second = await successor(node, first)
    expect(second.incarnation).not.toBe(first.incarnation)
    expect((await fetch(`${node.url}/healthz`)).status).toBe(200)
    expect(await tombstoneOf(second)).toBeNull()
  }, 90_000)

  test('is replaced while Redis is away, and the tombstone follows', async () => {
    const ownRedis = await startRedisForTests({ isPrivate: true })
    await using _ = ownRedis
    await using node = await startSupervisedNode({ redisUrl: ownRedis.url })
    const { pid, incarnation } = await node.status()
    await ownRedis.killHard()
    process.kill(pid, 'SIGKILL')
    const isAnother = ({ json }: { readonly json?: Record<string, unknown> }) =>
      json?.msg === 'edge process started' && json.pid !== pid
    await node.supervisor.waitForLine(isAnother, { deadlineMs: DEADLINE_MS })
    await ownRedis.restart()
    const check = async () => (await ownRedis.command('GET', `kptv:0:dead:${incarnation}`)) === 'signal SIGKILL'
    await eventually('the tombstone is there', check, { deadlineMs: DEADLINE_MS })
  }, 90_000)

  test('gets no tombstone if it exited cleanly without an order, and is replaced', async () => {
    await using node = await startSupervisedNode({ redisUrl: redis.url })
    const first = await node.status()
    process.kill(first.pid, 'SIGINT')
    await successor(node, first)
    expect(await tombstoneOf(first)).toBeNull()
  }, 90_000)
})

describe('freezing', () => {
  test('of an edge process gets it killed after 3 s, never before', async () => {
    await using node = await startSupervisedNode({ redisUrl: redis.url })
    const first = await node.status()
    const frozenAtMs = performance.now()
    process.kill(first.pid, 'SIGSTOP')
    const line = await node.supervisor.waitForLine('edge process killed', { deadlineMs: DEADLINE_MS })
    expect(line.json).toMatchObject({ level: 'ERROR', pid: first.pid, because: 'silent' })
    // Its last beat came 250 ms before, on a busy machine more.
    expect(line.atMs - frozenAtMs).toBeGreaterThan(2_000)
    await eventually('it is gone', () => isGone(first.pid))
    await eventually('the tombstone is there', async () => (await tombstoneOf(first)) === 'signal SIGKILL')
    await successor(node, first)
  }, 90_000)

  test('of the supervisor itself kills no process', async () => {
    await using node = await startSupervisedNode({ redisUrl: redis.url })
    const { pid } = await node.status()
    node.supervisor.pause()
    await sleep(4_000)
    node.supervisor.resume()
    await sleep(1_000)
    expect((await node.status()).pid).toBe(pid)
    expect(node.supervisor.output()).not.toContain('edge process killed')
  }, 90_000)
})

describe('the supervisor', () => {
  test('leaves no edge process behind when it is killed', async () => {
    await using node = await startSupervisedNode({ redisUrl: redis.url, processes: 2 })
    const pids = [(await node.status(1)).pid, (await node.status(2)).pid]
    node.supervisor.kill('SIGKILL')
    await eventually('both are gone', () => pids.every(isGone))
  }, 90_000)

  const onLinux = process.platform === 'linux' ? test : test.skip
  onLinux(
    'listens on nothing',
    async () => {
      await using node = await startSupervisedNode({ redisUrl: redis.url })
      expect(listeners(node.supervisor.pid)).toBe(0)
      // The check can fail: the edge process listens on three ports.
      expect(listeners((await node.status()).pid)).toBe(3)
    },
    90_000,
  )

  test.each([1, 2])(
    'ends with 1 when the port is taken (%d processes)',
    async (processes) => {
      const server = createServer().listen(0)
      await once(server, 'listening')
      const { port } = server.address() as { readonly port: number }
      await using supervisor = await startProcess({
        file: new URL('../main.ts', import.meta.url),
        env: {
          REDIS_URL: redis.url,
          PORT: String(port),
          ADMIN_PORT: String(await findFreePort()),
          EDGE_PROCESSES: String(processes),
        },
      })
      expect(await supervisor.waitForExit({ deadlineMs: DEADLINE_MS })).toEqual({ code: 1, signal: null })
      expect(supervisor.output()).toContain('EADDRINUSE')
      server.close()
    },
    90_000,
  )

  test('names bad settings and starts nothing', async () => {
    await using supervisor = await startProcess({
      file: new URL('../main.ts', import.meta.url),
      env: { REDIS_URL: redis.url, PORT: 'abc' },
    })
    expect(await supervisor.waitForExit()).toEqual({ code: 1, signal: null })
    expect(supervisor.output()).toContain('PORT=abc: must be')
    expect(supervisor.output()).not.toContain('edge process started')
  }, 30_000)
})

/** Number of listening TCP sockets of a process. */
function listeners(pid: number): number {
  const sockets = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
    } catch {
      return []
    }
  })
  const rows = ['tcp', 'tcp6'].flatMap((table) => readFileSync(`/proc/net/${table}`, 'utf8').split('\n').slice(1))
  const listening = rows.map((row) => row.trim().split(/\s+/)).filter(([, , , state]) => state === '0A')
  return listening.filter((columns) => sockets.includes(columns[9] ?? '')).length
}
