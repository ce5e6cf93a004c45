/**
 * `npm start`: the whole product on this machine, from nothing. Redis (unless `REDIS_URL` names
 * one), the demo provider (unless `SOURCES` or `SOURCES_FILE` is set), a worker, an edge; then the
 * addresses. Ctrl-C or SIGTERM stops them in the reverse order, so that each can finish with what
 * it needs.
 */

import { join } from 'node:path'
import { loadSettings, type Settings, SettingsError } from '../packages/config/src/index.ts'
import { type ChildProgram, type Ended, ROOT, startChild } from './child-process.ts'
import { samePort, whyNotListen } from './free-port.ts'
import { providePage } from './provide-page.ts'
import { provideRedis } from './provide-redis.ts'
import { showAddresses } from './show-addresses.ts'
import { watchImports } from './watch-imports.ts'

const REDIS_TO_COME = 'redis://127.0.0.1:6379'
const MORE_THAN_DRAIN_MS = 10_000
/**
 * Ctrl-C reaches this process by several ways at once (terminal, npm, run.mjs); only a later one
 * means "now".
 */
const SAME_SIGNAL_MS = 1_000

const children: ChildProgram[] = []
const leaving = new AbortController()
const hurry = new AbortController()
let leavingSinceMs = Number.POSITIVE_INFINITY
/**
 * Anyone who presses Ctrl-C does not want to wait for viewers: SIGINT ends the edge cleanly, but
 * at once; SIGTERM lets it drain.
 */
let orderToEdge: 'SIGTERM' | 'SIGINT' = 'SIGTERM'
process.on('SIGINT', leaveOrHurry)
for (const cause of ['SIGTERM', 'SIGHUP', 'disconnect']) process.on(cause, leave)

let settings: Settings | undefined
try {
  settings = checkedSettings()
  await refuseBusyPorts(settings)
  await startAll(settings)
  await untilLeaving()
} catch (error) {
  if (!leaving.signal.aborted) {
    say(explain(error))
    process.exitCode = 1
  }
} finally {
  await stopAll((settings?.drainMaxMs ?? 0) + MORE_THAN_DRAIN_MS)
  process.disconnect?.()
}

async function startAll({ port, baseUrl }: Settings): Promise<void> {
  const redis = await provideRedis(process.env.REDIS_URL, say)
  if (redis.child !== undefined) look(redis.child)
  await providePage(say)
  const sources = process.env.SOURCES || (process.env.SOURCES_FILE ? '' : await startDemo())
  // Types are stripped and code is compiled once for all starts and processes.
  const NODE_COMPILE_CACHE = process.env.NODE_COMPILE_CACHE ?? join(ROOT, '.kptv', 'compile-cache')
  const env = { ...process.env, REDIS_URL: redis.url, SOURCES: sources, NODE_COMPILE_CACHE }
  startApp('worker', env)
  startApp('edge', env)
  const parsed = loadSettings(env)
  await stopIfEnded(watchImports({ settings: parsed, signal: leaving.signal, say }))
  if (!leaving.signal.aborted) await showAddresses(baseUrl ?? `http://localhost:${port}`, say)
}

function checkedSettings(): Settings {
  const { REDIS_URL: redisUrl, ...others } = process.env
  return loadSettings({ ...others, REDIS_URL: redisUrl || REDIS_TO_COME })
}

async function refuseBusyPorts({ port, adminPort, adminHost }: Settings): Promise<void> {
  const publicProblem = await whyNotListen(port)
  if (publicProblem !== undefined) throw new Error(`PORT=${port} ${publicProblem}; choose another: PORT=8081 npm start`)
  const adminProblem = await whyNotListen(adminPort, adminHost)
  if (adminProblem !== undefined) {
    throw new Error(`ADMIN_PORT=${adminPort} ${adminProblem}; choose another: ADMIN_PORT=9091 npm start`)
  }
}

/** @returns its sources, as `SOURCES` wants them */
async function startDemo(): Promise<string> {
  say('Neither SOURCES nor SOURCES_FILE is set: a built-in demo provider plays three channels')
  // The same port each time: it is part of the names that sources and their channels have in Redis.
  const port = await samePort(join(ROOT, '.kptv', 'demo-port'))
  const env = { ...process.env, DEMO_PORT: String(port) }
  const demo = startChild({ name: 'demo provider', nodeArguments: ['apps/demo/src/main.ts'], env, output: 'ask' })
  look(demo)
  const line = new Promise<string>((resolve) => {
    demo.process.stdout?.setEncoding('utf8').once('data', (text: string) => resolve(text.trim()))
  })
  return stopIfEnded(line)
}

function startApp(name: 'worker' | 'edge', env: NodeJS.ProcessEnv): void {
  const app = name === 'edge' ? 'api' : name
  // The edge's main process looks after others, and uses force itself.
  look(startChild({ name, nodeArguments: [`apps/${app}/src/main.ts`], env, isGuard: name === 'edge' }))
}

/** Nothing is restarted: if one process ends, all end, with its reason. */
function look(child: ChildProgram): void {
  children.push(child)
  child.ended.then((ended) => {
    if (leaving.signal.aborted) return
    say(`the ${child.name} ended unexpectedly (${describe(ended)}); stopping the rest`)
    process.exitCode = 1
    leave()
  })
}

async function stopIfEnded<Value>(work: Promise<Value>): Promise<Value> {
  return Promise.race([
    work,
    untilLeaving().then(() => {
      throw new Error('stopped before it was ready')
    }),
  ])
}

function untilLeaving(): Promise<void> {
  return new Promise((resolve) => {
    if (leaving.signal.aborted) resolve()
    leaving.signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

function leave(): void {
  if (leaving.signal.aborted) return
  leavingSinceMs = performance.now()
  leaving.abort()
}

function leaveOrHurry(): void {
  if (performance.now() - leavingSinceMs > SAME_SIGNAL_MS) hurry.abort()
  else orderToEdge = 'SIGINT'
  leave()
}

async function stopAll(graceMs: number): Promise<void> {
  if (children.some((child) => child.process.exitCode === null)) say('stopping (Ctrl-C again: at once)')
  for (const child of children.toReversed()) {
    const ended = await child.stop(graceMs, hurry.signal, child.name === 'edge' ? orderToEdge : 'SIGTERM')
    if (ended.signal === 'SIGKILL') say(`the ${child.name} had to be stopped by force`)
  }
}

function describe({ code, signal }: Ended): string {
  return signal === null ? `exit code ${code}` : `ended by ${signal}`
}

function explain(error: unknown): string {
  if (error instanceof SettingsError) return `${error.message}\n  (docs/settings.md explains them)`
  return error instanceof Error ? error.message : String(error)
}

function say(line: string): void {
  console.log(`kptv: ${line}`)
}
