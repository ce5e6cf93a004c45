import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from '@jest/globals'
import { findFreePort, findFreePorts, isPortOpen } from './free-port.ts'
import { startProcess } from './start-process.ts'

const MODULE = new URL('./free-port.ts', import.meta.url).href

test('concurrent calls get different ports, even when they need more than one block', async () => {
  const ports = await Promise.all(Array.from({ length: 100 }, () => findFreePort()))
  expect(new Set(ports).size).toBe(100)
})

test('hands out consecutive ports', async () => {
  const [first = 0, ...others] = await findFreePorts(20)
  expect(others).toEqual(Array.from({ length: 19 }, (_, index) => first + 1 + index))
})

test('skips a port that another program listens on', async () => {
  // Most of a block, so that the next port is of the same one.
  const before = (await findFreePorts(28)).at(-1)!
  const taken = createServer()
  try {
    taken.listen(before + 1, '127.0.0.1')
    await once(taken, 'listening')
    expect(await isPortOpen(before + 1)).toBe(true)
    expect(await Promise.all(Array.from({ length: 20 }, () => findFreePort()))).not.toContain(before + 1)
  } finally {
    taken.close()
  }
})

test('two processes never hand out the same port', async () => {
  const script = `
    const { findFreePorts } = await import(process.argv[1])
    const ports = []
    for (let count = 0; count < 10; count += 1) ports.push(...(await findFreePorts(20)))
    console.log('ports ' + ports.join(' '))
    setTimeout(() => {}, 60_000)`
  const run = { command: process.execPath, arguments: ['--input-type=module', '--eval', script, MODULE] }
  await using one = await startProcess(run)
  await using other = await startProcess(run)
  const lines = await Promise.all([one, other].map((started) => started.waitForLine(/^ports/)))
  const ports = lines.flatMap(({ text }) => text.split(' ').slice(1))
  expect(new Set(ports).size).toBe(400)
})
