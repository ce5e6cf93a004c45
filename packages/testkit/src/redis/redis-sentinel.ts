import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../eventually.ts'
import { findFreePort } from '../process/free-port.ts'
import { type StartedProcess, startProcess } from '../process/start-process.ts'
import { startRedisChild } from './redis-child.ts'
import { portOf } from './redis-cluster.ts'
import { type RedisReply, sendRedisCommand } from './redis-connection.ts'
import type { RedisForTests } from './redis-for-tests.ts'
import { findRedisProgram } from './redis-program.ts'

type RedisSentinelOptions = {
  /** Default 1. */
  readonly replicas?: number
  /** A primary that is silent for this long is failed over. Default 1,000. */
  readonly downAfterMs?: number
  /** For all servers: `['--min-replicas-to-write', '1']`. */
  readonly serverArguments?: readonly string[]
  readonly environment?: Readonly<Record<string, string | undefined>>
}

export type RedisSentinelForTests = {
  /** `redis+sentinel://…/kptv`, naming all three Sentinels. */
  readonly url: string
  readonly keyPrefix: string
  /** The first primary, then its replicas; each can be killed, frozen and restarted. */
  readonly servers: readonly RedisForTests[]
  /** Who is the primary, as the first Sentinel knows it. */
  primary(): Promise<RedisForTests>
  /** One command to the present primary. */
  command(...parts: ReadonlyArray<string | number>): Promise<RedisReply>
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const NAME = 'kptv'
const QUORUM = 2

/**
 * A primary, its replicas and three Sentinels of one's own, on free ports of the loopback.
 *
 * @throws Error without `redis-server` or `valkey-server` in PATH.
 */
export async function startRedisSentinel(options: RedisSentinelOptions = {}): Promise<RedisSentinelForTests> {
  const { replicas = 1, downAfterMs = 1000, serverArguments = [] } = options
  const program = await findRedisProgram((options.environment ?? process.env).PATH)
  if (program === undefined) throw new Error('Sentinels for tests need redis-server or valkey-server in PATH')
  await using starting = new AsyncDisposableStack()
  const startServer = async (more: readonly string[] = []) => {
    const own = [...serverArguments, '--repl-diskless-sync-delay', '0', ...more]
    return starting.use(await startRedisChild({ program, serverArguments: own }))
  }
  const first = await startServer()
  const followers = Array.from({ length: replicas }, () => startServer(['--replicaof', `127.0.0.1 ${portOf(first)}`]))
  const servers = [first, ...(await Promise.all(followers))]
  const folder = await mkdtemp(join(tmpdir(), 'kptv-sentinel-'))
  starting.defer(() => rm(folder, { recursive: true, force: true }))
  const ports: number[] = []
  for (let number = 1; number <= 3; number += 1) {
    const port = await findFreePort()
    const watch = { number, port, folder, program, downAfterMs, primaryPort: portOf(first) }
    starting.use(await startSentinel(watch))
    ports.push(port)
  }
  const urls = ports.map((port) => `redis://127.0.0.1:${port}`)
  await Promise.all(urls.map((url) => knowsAll(url, replicas)))

  const primary = async () => {
    const address = (await sendRedisCommand(urls[0]!, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME)) as string[]
    const found = servers.find((server) => portOf(server) === Number(address[1]))
    if (found === undefined) throw new Error(`the Sentinels name a stranger: ${address}`)
    return found
  }
  const all = starting.move()
  const stop = () => all.disposeAsync()
  return {
    url: `redis+sentinel://${ports.map((port) => `127.0.0.1:${port}`).join(',')}/${NAME}`,
    keyPrefix: 'kptv:',
    servers,
    primary,
    command: async (...parts) => (await primary()).command(...parts),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

type Watch = {
  readonly number: number
  readonly port: number
  readonly folder: string
  readonly program: string
  readonly downAfterMs: number
  readonly primaryPort: number
}

/** A Sentinel keeps its state in its configuration, so each has its own file. */
async function startSentinel({
  number,
  port,
  folder,
  program,
  downAfterMs,
  primaryPort,
}: Watch): Promise<StartedProcess> {
  const file = join(folder, `sentinel-${number}.conf`)
  const lines = [
    ...[`port ${port}`, 'bind 127.0.0.1', `dir ${folder}`],
    `sentinel monitor ${NAME} 127.0.0.1 ${primaryPort} ${QUORUM}`,
    `sentinel down-after-milliseconds ${NAME} ${downAfterMs}`,
    `sentinel failover-timeout ${NAME} 5000`,
  ]
  await writeFile(file, `${lines.join('\n')}\n`)
  const sentinel = await startProcess({ command: program, arguments: [file, '--sentinel'], name: `Sentinel ${number}` })
  await sentinel.waitForPort(port)
  return sentinel
}

/** A failover before that would find no majority, or no replica to promote. */
async function knowsAll(url: string, replicas: number): Promise<void> {
  const isReady = async () => {
    const [others, followers] = (await Promise.all([
      sendRedisCommand(url, 'SENTINEL', 'SENTINELS', NAME),
      sendRedisCommand(url, 'SENTINEL', 'REPLICAS', NAME),
    ])) as [RedisReply[], RedisReply[]]
    return others.length === 2 && followers.length === replicas
  }
  await eventually('the Sentinels know each other and all replicas', isReady, { deadlineMs: 60_000 })
}
