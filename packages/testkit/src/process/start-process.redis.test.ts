import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { eventually } from '../eventually.ts'
import { findFreePort } from './free-port.ts'
import { startProcess } from './start-process.ts'

let folder: string
let file: string

const program = `
import { createServer } from 'node:http'
import { spawn } from 'node:child_process'
const mode: string = process.env.MODE ?? ''
if (mode === 'stubborn') process.on('SIGTERM', () => console.log('no'))
console.log(JSON.stringify({ level: 'INFO', msg: 'started', settings: Object.keys(process.env).sort() }))
console.error('plain text on the other stream')
if (mode === 'exit') process.exit(7)
if (mode === 'fork') console.log('child ' + spawn('sleep', ['600'], { stdio: 'inherit' }).pid)
createServer((_, response) => response.end('ok')).listen(Number(process.env.PORT ?? 0))
`

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kptv-process-'))
  file = join(folder, 'program.ts')
  await writeFile(file, program)
})
afterAll(() => rm(folder, { recursive: true }))

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('startProcess', () => {
  test('collects lines of both streams, reads JSON, passes only the settings given', async () => {
    await using started = await startProcess({ file, env: { MODE: '', UNSET: undefined } })
    const line = await started.waitForLine('started')
    expect(line.json).toMatchObject({ level: 'INFO' })
    const settings = line.json!.settings as string[]
    expect(settings).toContain('MODE')
    const expected = ['HOME', 'LANG', 'MODE', 'NODE_COMPILE_CACHE', 'PATH', 'TMPDIR']
    expect(settings.filter((name) => !expected.includes(name))).toEqual([])
    expect(await started.waitForLine(/^plain/)).toMatchObject({ from: 'stderr' })
  })

  test('waits for a port', async () => {
    const port = await findFreePort()
    await using started = await startProcess({ file, env: { PORT: String(port) } })
    await started.waitForPort(port)
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('ok')
  })

  test('a failed wait reports the last lines, and fails early when the process ends', async () => {
    await using started = await startProcess({ file, env: { MODE: 'exit' }, name: 'short-lived' })
    await expect(started.waitForLine('never', { deadlineMs: 60_000 })).rejects.toThrow(
      /short-lived .*ended \(code 7.*plain text on the other stream/s,
    )
    expect(await started.waitForExit()).toEqual({ code: 7, signal: null })
    await using running = await startProcess({ file })
    await expect(running.waitForLine('never', { deadlineMs: 50 })).rejects.toThrow('not within 50 ms')
  })

  test('stops a process that ignores SIGTERM', async () => {
    const started = await startProcess({ file, env: { MODE: 'stubborn' } })
    await started.waitForLine('started')
    // On a busy machine it may say so later than it is killed by `stop`.
    started.kill('SIGTERM')
    await started.waitForLine(/^no$/)
    expect(await started.stop(200)).toEqual({ code: null, signal: 'SIGKILL' })
  })

  test('reaps what the process forked', async () => {
    const started = await startProcess({ file, env: { MODE: 'fork' } })
    const child = Number((await started.waitForLine(/^child/)).text.split(' ')[1])
    started.kill('SIGKILL')
    await started.waitForExit()
    expect(isAlive(child)).toBe(true)
    await started.stop()
    await eventually('the grandchild is gone', () => !isAlive(child))
  })

  test('freezes and thaws', async () => {
    const port = await findFreePort()
    await using started = await startProcess({ file, env: { PORT: String(port) } })
    await started.waitForPort(port)
    started.pause()
    const answer = fetch(`http://127.0.0.1:${port}`)
    expect(await Promise.race([answer, sleep(200, 'silence')])).toBe('silence')
    started.resume()
    expect((await answer).status).toBe(200)
  })

  test('nothing outlives a killed parent', async () => {
    const parent = join(folder, 'parent.ts')
    const kit = new URL('./start-process.ts', import.meta.url).href
    const command = `{ command: 'sleep', arguments: ['600'] }`
    await writeFile(
      parent,
      `import { startProcess } from '${kit}'\nconsole.log('pid ' + (await startProcess(${command})).pid)\n`,
    )
    await using started = await startProcess({ file: parent })
    const child = Number((await started.waitForLine(/^pid/)).text.split(' ')[1])
    started.kill('SIGKILL')
    await eventually('the child of the killed parent is gone', () => !isAlive(child))
  })

  test('reports a program that does not exist', async () => {
    await expect(startProcess({ command: '/nowhere/program' })).rejects.toThrow('ENOENT')
  })
})
