import { describe, expect, test } from '@jest/globals'
import { findUnusedDependencies, findViolations, type Manifests, readImports } from './find-violations.ts'

const MANIFESTS: Manifests = new Map([
  ['packages/relay', { runtime: ['@kptv/redis'], development: ['@kptv/testkit'] }],
  ['packages/mpegts', { runtime: [], development: ['fast-check'] }],
  ['packages/redis', { runtime: ['ioredis'], development: [] }],
  ['apps/api', { runtime: ['@kptv/relay', 'express'], development: ['@kptv/testkit'] }],
  ['apps/worker', { runtime: [], development: [] }],
  ['bench', { runtime: [], development: ['@kptv/playlist'] }],
])

const judge = (path: string, text: string) => findViolations([{ path, text }], MANIFESTS)

describe('what may be imported', () => {
  test.each([
    ['packages/relay/src/a.ts', "import { x } from '@kptv/redis'"],
    ['packages/relay/src/a.ts', "import { x } from './b.ts'\nimport fs from 'node:fs'"],
    ['packages/mpegts/src/a.ts', "import { Buffer } from 'node:buffer'"],
    [
      'packages/mpegts/src/a.test.ts',
      "import { test } from '@jest/globals'\nimport fc from 'fast-check'\nimport 'node:fs'",
    ],
    ['packages/relay/src/a.redis.test.ts', "import { startRedisForTests } from '@kptv/testkit'"],
    ['apps/api/src/main.ts', "import express from 'express'\nimport { x } from '@kptv/relay'"],
    ['apps/api/src/sessions/a.ts', "import { x } from '../media/b.ts'\nimport { y } from './c.ts'"],
    ['apps/api/src/compose.ts', "import { x } from './ports/b.ts'"],
    ['scripts/a.ts', "import { x } from '../packages/config/src/index.ts'"],
    ['bench/a.bench.ts', "import { x } from '@kptv/playlist'\nimport './b.ts'\nimport 'node:fs'"],
    ['packages/mpegts/src/a.ts', "// import fs from 'node:fs'\n/* import 'got' */ const from = 'got'"],
  ])('%s: %j', (path, text) => {
    expect(judge(path, text)).toEqual([])
  })

  test.each([
    ['a pure package reads no files', 'packages/mpegts/src/a.ts', "import { readFile } from 'node:fs'"],
    ['a pure package has no parts of others', 'packages/mpegts/src/a.ts', "import got from 'got'"],
    ['upwards', 'packages/redis/src/a.ts', "import { x } from '@kptv/relay'"],
    ['sideways', 'packages/relay/src/a.ts', "import type { X } from '@kptv/catalog'"],
    ['an app', 'apps/worker/src/a.ts', "import { x } from '@kptv/api'"],
    ['express outside the edge', 'apps/worker/src/a.ts', "import express from 'express'"],
    ['past the index', 'packages/relay/src/a.ts', "import { x } from '@kptv/redis/src/keys.ts'"],
    ['past the index by a path', 'packages/relay/src/a.ts', "import { x } from '../../redis/src/index.ts'"],
    ['past the index from a script', 'scripts/a.ts', "import { x } from '../packages/config/src/settings.ts'"],
    ['the testkit in the product', 'packages/relay/src/a.ts', "import { x } from '@kptv/testkit'"],
    ['a test in the product', 'packages/relay/src/a.ts', "import { x } from './b.test.ts'"],
    ['not declared', 'apps/api/src/a.ts', "import client from 'prom-client'"],
    ['not declared by a bench', 'bench/a.bench.ts', "import { x } from '@kptv/mpegts'"],
    ['what is measured as a process', 'bench/a.bench.ts', "import { x } from '@kptv/catalog'"],
    ['out of the benches by a path', 'bench/a.ts', "import { x } from '../packages/playlist/src/index.ts'"],
    ['at run time', 'packages/relay/src/a.ts', "const x = await import('got')"],
    ['a re-export', 'packages/relay/src/a.ts', "export * from 'bullmq'"],
    ['over several lines', 'packages/relay/src/a.ts', "import {\n  a,\n  b,\n} from 'bullmq'"],
    ['for its effect', 'packages/relay/src/a.ts', "import 'bullmq'"],
    ['a storey above', 'apps/api/src/media/a.ts', "import type { X } from '../cluster/b.ts'"],
    ['one output from another', 'apps/api/src/outputs/hls/a.ts', "import { x } from '../m3u/b.ts'"],
    ['the page from an output', 'apps/api/src/page/channels/a.ts', "import { x } from '../../outputs/m3u/b.ts'"],
    ['a part that nobody knows', 'packages/extra/src/a.ts', "import 'node:fs'"],
  ])('refused: %s', (_, path, text) => {
    expect(judge(path, text)).toEqual([expect.stringContaining(path)])
  })
})

describe('shape', () => {
  test('a script in Lua has fewer than 40 lines', () => {
    expect(judge('packages/relay/src/a-1.lua', '-- x\n'.repeat(39))).toEqual([])
    expect(judge('packages/relay/src/a-1.lua', '-- x\n'.repeat(40))).toHaveLength(1)
  })

  test('a file of code has at most 300 lines', () => {
    expect(judge('packages/relay/src/a.ts', '// x\n'.repeat(300))).toEqual([])
    expect(judge('packages/relay/src/a.ts', '// x\n'.repeat(301))).toHaveLength(1)
  })

  test.each([
    ['packages/relay/src/a.ts', '// '],
    ['packages/relay/src/a.ts', '/** '],
    ['packages/relay/src/a.ts', '   * '],
    ['packages/relay/src/a-1.lua', '-- '],
  ])('a comment in %s that starts with "%s" has at most 100 columns', (path, begin) => {
    expect(judge(path, `${begin.padEnd(99, 'x')}→`)).toEqual([])
    expect(judge(path, `\n${begin.padEnd(100, 'x')}→`)).toEqual([expect.stringContaining(`${path}:2 `)])
    expect(judge(path, `const wide = '${begin.padEnd(101, 'x')}'`)).toEqual([])
  })

  test.each(['MOST_BYTES', 'LONGEST_WAIT_MS', 'MAXIMUM_SLOTS'])('%s is called MAX_…', (name) => {
    expect(judge('packages/relay/src/a.ts', `const ${name} = 1`)).toHaveLength(1)
  })

  test.each(['packages/relay/src/utils.ts', 'packages/relay/src/helpers/a.ts', 'apps/api/src/common.test.ts'])(
    '%s does not say what is in it',
    (path) => {
      expect(judge(path, '')).toHaveLength(1)
    },
  )
})

test('a declared dependency must be imported by the product or by its tests', () => {
  const manifests: Manifests = new Map([
    ['packages/relay', { runtime: ['@kptv/redis', 'got'], development: ['@types/express', 'fast-check'] }],
    ['packages/relay-two', { runtime: ['zod'], development: [] }],
  ])
  const files = [
    {
      path: 'packages/relay/src/a.ts',
      text: "import type { Redis } from '@kptv/redis'\nimport express from 'express'",
    },
    { path: 'packages/relay/src/a.test.ts', text: "import fc from 'fast-check'\nimport { z } from 'zod'" },
  ]
  expect(findUnusedDependencies(files, manifests)).toEqual([
    'packages/relay/package.json declares got, which no file there imports',
    'packages/relay-two/package.json declares zod, which no file there imports',
  ])
})

test('readImports finds imports of types and values, and re-exports', () => {
  const text =
    "import type { A } from 'a'\nimport b, { type C } from 'b'\nexport type { D } from 'd'\nawait import('e')"
  expect(readImports(text)).toEqual(['a', 'b', 'd', 'e'])
})
