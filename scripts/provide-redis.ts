import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ChildProgram, ROOT, startChild } from './child-process.ts'
import { freePort } from './free-port.ts'
import { provideProgram, REDIS } from './provide-program.ts'

export type ProvidedRedis = {
  readonly url: string
  /** `undefined` when it is somebody else's, named by `REDIS_URL`. */
  readonly child: ChildProgram | undefined
}

const START_DEADLINE_MS = 60_000

/**
 * Redis for `npm start`: the one that `REDIS_URL` names, else a private server on a free port of this machine, with its data in `.kptv/redis`.
 *
 * @throws Error with the three ways out when there is none to be had, or when this folder's Redis already runs
 */
export async function provideRedis(redisUrl: string | undefined, say: (line: string) => void): Promise<ProvidedRedis> {
  if (redisUrl !== undefined && redisUrl !== '') return { url: redisUrl, child: undefined }
  const program = await provideProgram(REDIS, say)
  if (program === undefined) throw new Error(waysOut())
  const folder = join(ROOT, '.kptv', 'redis')
  mkdirSync(folder, { recursive: true })
  await refuseIfRunning(folder)
  const port = await freePort()
  writeFileSync(join(folder, 'port'), String(port))
  const guard = join(ROOT, 'scripts', 'guard-program.ts')
  const nodeArguments = [guard, program, ...redisArguments(port, folder)]
  const child = startChild({ name: 'Redis', nodeArguments, isGuard: true })
  await waitUntilReady(child, port)
  return { url: `redis://127.0.0.1:${port}`, child }
}

function redisArguments(port: number, folder: string): string[] {
  const settings: Readonly<Record<string, string>> = {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
    daemonize: 'no',
    loglevel: 'warning',
    logfile: join(folder, 'redis.log'),
    // The append-only file is enough, and a fork for a snapshot would make it stutter.
    save: '',
    appendonly: 'yes',
    appendfsync: 'everysec',
    // An evicted slot would be a second connection to a provider.
    'maxmemory-policy': 'noeviction',
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
  // A subscriber carries the media of many channels; the default of 32 MB cuts it in a short stall.
  return [...flags, '--client-output-buffer-limit', 'pubsub', '64mb', '16mb', '60']
}

/** Two servers on one append-only file would destroy it. */
async function refuseIfRunning(folder: string): Promise<void> {
  const port = Number(readIfThere(join(folder, 'port')))
  if (!Number.isInteger(port) || port < 1) return
  const answer = await ask(port, 'CONFIG GET dir').catch(() => '')
  if (answer.includes(folder)) {
    throw new Error(
      `Redis of this folder already runs on port ${port}: stop the other npm start first (or redis-cli -p ${port} shutdown)`,
    )
  }
}

async function waitUntilReady(child: ChildProgram, port: number): Promise<void> {
  const deadline = performance.now() + START_DEADLINE_MS
  let endedEarly = false
  child.ended.then(() => {
    endedEarly = true
  })
  while (!endedEarly && performance.now() < deadline) {
    // While it loads its file it answers with an error.
    if ((await ask(port, 'PING').catch(() => '')).startsWith('+PONG')) return
    await sleep(50)
  }
  await child.stop(0, AbortSignal.abort())
  throw new Error(
    endedEarly ? 'Redis did not start; its reason is in .kptv/redis/redis.log' : 'Redis did not answer in a minute',
  )
}

/** One command, one answer, on a connection of its own: not worth a client library. */
function ask(port: number, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.setTimeout(2_000, () => socket.destroy(new Error('no answer')))
    socket.once('error', reject)
    socket.once('connect', () => socket.write(`${command}\r\n`))
    socket.once('data', (answer) => {
      socket.destroy()
      resolve(answer.toString('utf8'))
    })
  })
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function waysOut(): string {
  return [
    'there is no Redis. Three ways out:',
    '  1. install redis-server or valkey-server, for example: sudo apt-get install redis-server, or brew install redis',
    '  2. name one that runs somewhere: REDIS_URL=redis://host:6379 npm start',
    '  3. run everything in containers: docker compose up',
  ].join('\n')
}
