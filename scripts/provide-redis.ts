import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ChildProgram, ROOT, startChild } from './child-process.ts'
import { freePort } from './free-port.ts'
import { provideProgram, REDIS } from './provide-program.ts'

export type ProvidedRedis = {
  readonly url: string
  /** `undefined` if `REDIS_URL` names an existing one. */
  readonly child: ChildProgram | undefined
}

const START_DEADLINE_MS = 60_000

/**
 * Redis for `npm start`: the one that `REDIS_URL` names, otherwise a private server on a free port
 * of this machine, with its data in `.kptv/redis`. Other users of the machine can neither read its
 * files nor talk to it: it holds logins of providers that stand in lists, and its password is new
 * with every start.
 *
 * @throws Error with the three ways out when there is none to be had, or when this folder's Redis
 * already runs
 */
export async function provideRedis(
  redisUrl: string | undefined,
  say: (line: string) => void,
  folder = join(ROOT, '.kptv', 'redis'),
): Promise<ProvidedRedis> {
  if (redisUrl !== undefined && redisUrl !== '') return { url: redisUrl, child: undefined }
  const program = await provideProgram(REDIS, say)
  if (program === undefined) throw new Error(waysOut())
  for (const path of [dirname(folder), folder]) {
    mkdirSync(path, { recursive: true, mode: PRIVATE_FOLDER })
    // It may be there since before it was private.
    chmodSync(path, PRIVATE_FOLDER)
  }
  await refuseIfRunning(folder)
  const server = { port: await freePort(), password: randomBytes(24).toString('base64url') }
  writePrivate(join(folder, 'port'), String(server.port))
  writePrivate(join(folder, 'password'), server.password)
  // A file, because every user can read the arguments of a process.
  const configuration = join(folder, 'redis.conf')
  writePrivate(configuration, configurationOf(server, folder))
  const nodeArguments = [join(ROOT, 'scripts', 'guard-program.ts'), program, configuration]
  const child = startChild({ name: 'Redis', nodeArguments, isGuard: true })
  await waitUntilReady(child, server)
  return { url: `redis://:${server.password}@127.0.0.1:${server.port}`, child }
}

type Server = { readonly port: number; readonly password: string }

const PRIVATE_FOLDER = 0o700
const PRIVATE_FILE = 0o600

function writePrivate(file: string, text: string): void {
  writeFileSync(file, text, { mode: PRIVATE_FILE })
  chmodSync(file, PRIVATE_FILE)
}

function configurationOf({ port, password }: Server, folder: string): string {
  const settings: Readonly<Record<string, string>> = {
    port: String(port),
    bind: '127.0.0.1',
    requirepass: password,
    dir: JSON.stringify(folder),
    daemonize: 'no',
    loglevel: 'warning',
    logfile: JSON.stringify(join(folder, 'redis.log')),
    // The append-only file is enough, and a fork for a snapshot would make it stutter.
    save: '""',
    appendonly: 'yes',
    appendfsync: 'everysec',
    // An evicted slot would be a second connection to a provider.
    'maxmemory-policy': 'noeviction',
    // A subscriber carries the media of many channels; the default of 32 MB cuts it in a short
    // stall.
    'client-output-buffer-limit': 'pubsub 64mb 16mb 60',
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} ${value}`)
  return `${lines.join('\n')}\n`
}

/** Two servers on one append-only file would destroy it. */
async function refuseIfRunning(folder: string): Promise<void> {
  const port = Number(readIfThere(join(folder, 'port')))
  if (!Number.isInteger(port) || port < 1) return
  const password = readIfThere(join(folder, 'password'))
  const answer = await ask({ port, password }, 'CONFIG GET dir').catch(() => '')
  if (answer.includes(folder)) {
    throw new Error(
      `Redis of this folder already runs on port ${port}: stop the other npm start first (or redis-cli -p ${port} --askpass shutdown, with the password in ${join(folder, 'password')})`,
    )
  }
}

async function waitUntilReady(child: ChildProgram, server: Server): Promise<void> {
  const deadline = performance.now() + START_DEADLINE_MS
  let endedEarly = false
  child.ended.then(() => {
    endedEarly = true
  })
  while (!endedEarly && performance.now() < deadline) {
    // While it loads its file it answers with an error.
    if ((await ask(server, 'PING').catch(() => '')).startsWith('+PONG')) return
    await sleep(50)
  }
  await child.stop(0, AbortSignal.abort())
  throw new Error(
    endedEarly ? 'Redis did not start; its reason is in .kptv/redis/redis.log' : 'Redis did not answer in a minute',
  )
}

/** One command, one answer, on its own connection: not worth a client library. */
function ask({ port, password }: Server, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.setTimeout(2_000, () => socket.destroy(new Error('no answer')))
    socket.once('error', reject)
    // A server of an older start has no password, and refuses one.
    const login = password === '' ? '' : `AUTH ${password}\r\n`
    const expected = password === '' ? 1 : 2
    socket.once('connect', () => socket.write(`${login}${command}\r\n`))
    let answers = ''
    socket.setEncoding('utf8').on('data', (text: string) => {
      answers += text
      if (answers.split('\r\n').length <= expected) return
      socket.destroy()
      resolve(answers.slice(password === '' ? 0 : answers.indexOf('\r\n') + 2))
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
    'no Redis found. Three ways out:',
    '  1. install redis-server or valkey-server, for example: sudo apt-get install redis-server, or brew install redis',
    '  2. name one that runs somewhere: REDIS_URL=redis://host:6379 npm start',
    '  3. run everything in containers: docker compose up',
  ].join('\n')
}
