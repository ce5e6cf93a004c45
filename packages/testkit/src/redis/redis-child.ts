import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../eventually.ts'
import { findFreePort } from '../process/free-port.ts'
import { type StartedProcess, startProcess } from '../process/start-process.ts'
import { sendRedisCommand } from './redis-connection.ts'
import type { RedisForTests } from './redis-for-tests.ts'

type RedisChildOptions = {
  readonly program: string
  readonly serverArguments?: readonly string[]
  readonly isAppendOnly?: boolean
}

/**
 * A server of one's own on a free port of the loopback, with its data in a folder that is deleted
 * at the end.
 */
export async function startRedisChild(options: RedisChildOptions): Promise<RedisForTests> {
  const folder = await mkdtemp(join(tmpdir(), 'kptv-redis-'))
  const { server: first, port } = await startOnFreePort(options, folder)
  let server = first
  const url = `redis://127.0.0.1:${port}`

  const killHard = async () => {
    server.kill('SIGKILL')
    await server.waitForExit()
  }
  const stop = async () => {
    await killHard()
    await rm(folder, { recursive: true, force: true })
  }
  return {
    kind: 'child',
    url,
    keyPrefix: 'kptv:',
    command: (...parts) => sendRedisCommand(url, ...parts),
    pid: () => server.pid,
    killHard,
    pause: () => server.pause(),
    resume: () => server.resume(),
    restart: async ({ keepData = false } = {}) => {
      await killHard()
      if (!keepData) await rm(folder, { recursive: true, force: true })
      server = await startServer(options, { folder: keepData ? folder : await recreated(folder), port })
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

async function startOnFreePort(options: RedisChildOptions, folder: string) {
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort()
    try {
      return { server: await startServer(options, { folder, port }), port }
    } catch (error) {
      // Another program took the port between our check and the server's.
      if (attempt === 5 || !String((error as Error).message).includes('Address already in use')) throw error
    }
  }
}

async function startServer(
  options: RedisChildOptions,
  place: { readonly folder: string; readonly port: number },
): Promise<StartedProcess> {
  const server = await startProcess({
    command: options.program,
    arguments: serverArgumentsFor(options, place),
    name: 'Redis for tests',
  })
  await server.waitForLine(/Ready to accept connections/)
  await eventually(
    'Redis answers PONG',
    async () => (await sendRedisCommand(`redis://127.0.0.1:${place.port}`, 'PING')) === 'PONG',
  )
  return server
}

function serverArgumentsFor(
  options: RedisChildOptions,
  place: { readonly folder: string; readonly port: number },
): string[] {
  return [
    ...['--port', String(place.port), '--bind', '127.0.0.1', '--dir', place.folder, '--daemonize', 'no'],
    ...['--save', '', '--appendonly', options.isAppendOnly ? 'yes' : 'no', '--appendfsync', 'always'],
    ...(options.serverArguments ?? []),
  ]
}

async function recreated(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  return folder
}
