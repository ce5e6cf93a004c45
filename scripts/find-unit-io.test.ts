import { expect, test } from '@jest/globals'
import { findUnitIo } from './find-unit-io.ts'

const SUPPORT = { path: 'packages/relay/test-support/server.ts', text: "import { createServer } from 'node:http'" }

test.each([
  ['a socket', "import { test } from '@jest/globals'\nimport { createServer } from 'node:net'"],
  ['a program', "import { spawn } from 'node:child_process'"],
  ['a provider of the testkit', "import { eventually, startFakeProvider } from '@kptv/testkit'"],
  ['a request', "await fetch('http://127.0.0.1:1/')"],
  ['a server of its test-support', "import { server } from '../test-support/server.ts'"],
])('a unit test with %s belongs to the io tests', (_, text) => {
  const file = { path: 'packages/relay/src/a.test.ts', text }
  expect(findUnitIo([file, SUPPORT])).toEqual([expect.stringContaining(file.path)])
  for (const kind of ['io', 'redis', 'cluster']) {
    expect(findUnitIo([{ path: `packages/relay/src/a.${kind}.test.ts`, text }, SUPPORT])).toEqual([])
  }
})

test.each([
  ['types', "import type { Server } from 'node:http'"],
  ['pure parts of the testkit', "import { createManualClock, restart } from '@kptv/testkit'"],
  ['product code', "import { openStream } from './open-stream.ts'"],
  ['files', "import { readFileSync } from 'node:fs'"],
  ['a method called fetch', 'await handler.fetch(request)'],
])('a unit test may use %s', (_, text) => {
  expect(findUnitIo([{ path: 'packages/relay/src/a.test.ts', text }, SUPPORT])).toEqual([])
})
