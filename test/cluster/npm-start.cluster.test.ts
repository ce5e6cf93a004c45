import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { eventually, findFreePort, type StartedProcess, startProcess, startRedisForTests } from '@kptv/testkit'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const DEADLINE_MS = 60_000

type Started = { readonly process: StartedProcess; readonly port: number }

async function start(env: Record<string, string>): Promise<Started> {
  const port = await findFreePort()
  const adminPort = await findFreePort()
  const process = await startProcess({
    file: `${ROOT}scripts/start.ts`,
    workingDirectory: ROOT,
    env: { ...env, PORT: String(port), ADMIN_PORT: String(adminPort) },
  })
  return { process, port }
}

/** The pids of the processes that it started. */
async function childrenOf({ pid }: StartedProcess): Promise<number[]> {
  const listing = await startProcess({ command: 'ps', arguments: ['-A', '-o', 'pid=,ppid='] })
  await listing.waitForExit()
  const rows = listing.lines.map(({ text }) => text.trim().split(/\s+/).map(Number))
  return rows.filter(([, parent]) => parent === pid).map(([child = 0]) => child)
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch {
    return true
  }
}

describe('npm start', () => {
  test('plays the demo without any setting, and leaves nothing behind at SIGTERM', async () => {
    await using redis = await startRedisForTests()
    const { process: product, port } = await start({ REDIS_URL: redis.url })
    await using _ = product
    await product.waitForLine('kptv:   try ', { deadlineMs: DEADLINE_MS })
    const playlist = await (await fetch(`http://127.0.0.1:${port}/playlist.m3u8`)).text()
    expect(playlist.match(/,Demo (Red|Green|Blue)$/gm)).toHaveLength(3)

    const address = /^http\S+$/m.exec(playlist)?.[0] ?? ''
    const response = await fetch(address)
    expect(response.status).toBe(200)
    const media = response.body!.getReader()
    expect((await media.read()).value?.[0]).toBe(0x47)
    // Or the edge would let the viewer stay for a while.
    await media.cancel()

    const children = await childrenOf(product)
    expect(children).toHaveLength(3)
    product.kill('SIGTERM')
    product.kill('SIGTERM')
    expect(await product.waitForExit({ deadlineMs: DEADLINE_MS })).toEqual({ code: 0, signal: null })
    expect(children.every(isGone)).toBe(true)
  }, 300_000)

  test('its processes exit when it is killed', async () => {
    await using redis = await startRedisForTests()
    const { process: product } = await start({ REDIS_URL: redis.url })
    await using _ = product
    await product.waitForLine('kptv:   try ', { deadlineMs: DEADLINE_MS })
    const children = await childrenOf(product)
    product.kill('SIGKILL')
    await eventually('the worker, the edge and the demo are gone', () => children.every(isGone), {
      deadlineMs: DEADLINE_MS,
    })
  }, 300_000)

  test('names every bad setting before it sets anything up', async () => {
    const { process: product } = await start({ RETRY_DELAY: '5', DEBUG: 'banana' })
    expect(await product.waitForExit({ deadlineMs: DEADLINE_MS })).toEqual({ code: 1, signal: null })
    expect(product.lines.map(({ text }) => text).slice(0, 3)).toEqual([
      'kptv: 2 settings are wrong:',
      '  RETRY_DELAY=5: must be a duration from 10ms to 10m, such as 500ms, 5s, 30m or 1h',
      '  DEBUG=banana: must be true or false (also yes, no, on, off, 1, 0)',
    ])
  }, 240_000)

  test('says so when the port is taken', async () => {
    const { createServer } = await import('node:net')
    const server = createServer()
    const port = await new Promise<number>((resolve) => {
      server.listen(0, () => resolve((server.address() as { readonly port: number }).port))
    })
    const product = await startProcess({
      file: `${ROOT}scripts/start.ts`,
      workingDirectory: ROOT,
      env: { PORT: String(port) },
    })
    expect(await product.waitForExit({ deadlineMs: DEADLINE_MS })).toEqual({ code: 1, signal: null })
    expect(product.output()).toContain(`PORT=${port} is in use by another program`)
    server.close()
  }, 240_000)
})
