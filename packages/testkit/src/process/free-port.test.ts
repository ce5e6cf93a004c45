import { createServer } from 'node:net'
import { expect, test } from '@jest/globals'
import { findFreePort } from './free-port.ts'

test('programs that are started at once get a port each', async () => {
  const ports = await Promise.all(Array.from({ length: 100 }, () => findFreePort()))
  expect(new Set(ports).size).toBe(100)
})

test('a port that somebody listens on is passed over', async () => {
  const before = await findFreePort()
  await using server = createServer()
  await new Promise<void>((listening) => server.listen(before + 1, '127.0.0.1', listening))
  expect(await findFreePort()).not.toBe(before + 1)
})
