import { fileURLToPath } from 'node:url'
import { eventually, findFreePort, type RedisForTests, type StartedProcess, startProcess } from '@kptv/testkit'

const EDGE = new URL('../apps/api/src/main.ts', import.meta.url)
const WORKER = new URL('../apps/worker/src/main.ts', import.meta.url)
const DEADLINE_MS = 120_000
/** As the images and `npm start` run it. */
const COMPILE_CACHE = fileURLToPath(new URL('../.kptv/compile-cache', import.meta.url))
const SUPERVISOR_FLAGS = ['--max-semi-space-size=1']
const WORKER_FLAGS = ['--min-semi-space-size=4']

type ProductOptions = {
  readonly redis: RedisForTests
  /** Value of SOURCES. */
  readonly sources: string
  readonly settings?: Readonly<Record<string, string>>
  /** Of Node, for an edge and what it starts. */
  readonly flags?: readonly string[]
}

export type RunningEdge = {
  readonly process: StartedProcess
  /** `http://127.0.0.1:port`, no slash at the end. */
  readonly url: string
  readonly adminUrl: string
  [Symbol.asyncDispose](): Promise<void>
}

/** A worker as people run it. */
export async function startWorker(options: ProductOptions): Promise<StartedProcess> {
  const node = { command: process.execPath, arguments: [...WORKER_FLAGS, fileURLToPath(WORKER)] }
  return startProcess({ ...node, name: 'worker', env: { NODE_ID: 'worker', ...environmentOf(options) } })
}

/** An edge as people run it; both ports are open. It ends without waiting for anyone. */
export async function startEdge(options: ProductOptions): Promise<RunningEdge> {
  const [port, adminPort] = [await findFreePort(), await findFreePort()]
  const ports = { PORT: String(port), ADMIN_PORT: String(adminPort) }
  const env = { NODE_ID: 'edge', ...ports, ...environmentOf(options) }
  const node = {
    command: process.execPath,
    arguments: [...SUPERVISOR_FLAGS, ...(options.flags ?? []), fileURLToPath(EDGE)],
  }
  const edge = await startProcess({ ...node, name: 'edge', env })
  await edge.waitForPort(adminPort, { deadlineMs: DEADLINE_MS })
  return {
    process: edge,
    url: `http://127.0.0.1:${port}`,
    adminUrl: `http://127.0.0.1:${adminPort}`,
    async [Symbol.asyncDispose]() {
      edge.kill('SIGINT')
      await edge.stop()
    },
  }
}

/** The edge has a catalogue to serve. */
export async function waitUntilReady({ process, url }: RunningEdge): Promise<void> {
  const hasCatalog = async () =>
    ((await (await fetch(`${url}/readyz`)).json()) as { readonly status: string }).status === 'ready'
  const look = async () => process.exit() !== undefined || (await hasCatalog())
  await withItsLastLines(process, async () => {
    await eventually('the edge is ready', look, { deadlineMs: DEADLINE_MS })
    if (process.exit() !== undefined) throw new Error('the edge is not ready')
  })
}

/** Work that needs a process: if it fails because the process has ended, the error says how. */
export async function withItsLastLines<Result>(process: StartedProcess, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (cause) {
    const exit = process.exit()
    if (exit === undefined) throw cause
    const how = `code ${exit.code}, signal ${exit.signal}`
    throw new Error(`a measured process has ended (${how}): ${process.output().slice(-2_000)}`, { cause })
  }
}

function environmentOf({ redis, sources, settings = {} }: ProductOptions): Record<string, string> {
  const common = { REDIS_URL: redis.url, SOURCES: sources, INACTIVE_TIMEOUT: '1s', NODE_COMPILE_CACHE: COMPILE_CACHE }
  return { ...common, ...settings }
}
