import { describe, expect, test } from '@jest/globals'
import { isConnectionTrouble } from './connection-trouble.ts'
import { sourceIdOf } from './job-list.ts'
import { registerHandlers } from './register-handlers.ts'

const handle = async () => {}
const importSource = { name: 'import-source', handle } as const
const buildCatalog = { name: 'build-catalog', handle } as const
const others = [
  { name: 'import-guide', handle },
  { name: 'build-guide', handle },
  { name: 'send-webhook', handle },
] as const

describe('registerHandlers', () => {
  test('accepts one handler for each job', () => {
    const handlers = registerHandlers([importSource, buildCatalog, ...others])
    expect([...handlers.keys()]).toEqual([
      'import-source',
      'build-catalog',
      'import-guide',
      'build-guide',
      'send-webhook',
    ])
  })

  test('a job without a handler stops the start', () => {
    expect(() => registerHandlers([importSource, ...others])).toThrow('no handler for job build-catalog')
  })

  test('a job with two handlers stops the start', () => {
    expect(() => registerHandlers([importSource, buildCatalog, importSource])).toThrow(
      'job import-source has two handlers',
    )
  })
})

test.each([
  [{ sourceId: 's1' }, 's1'],
  [{ sourceId: 's1', url: 'x' }, 's1'],
  [{ sourceId: 7 }, undefined],
  [{ sourceId: 'x'.repeat(201) }, undefined],
  [{}, undefined],
  [null, undefined],
  ['s1', undefined],
])('source id of %j is %s', (data, sourceId) => {
  expect(sourceIdOf(data)).toBe(sourceId)
})

test.each([
  [Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), true],
  [new Error('connect ECONNREFUSED 127.0.0.1:1'), true],
  [new Error('Connection is closed.'), true],
  [new Error('WRONGTYPE'), false],
  [undefined, false],
])('%p only repeats that Redis is away: %p', (error, expected) => {
  expect(isConnectionTrouble(error)).toBe(expected)
})
