import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { clusterKeys, createKeys, KEYS, keyPrefix } from './create-keys.ts'

const keys = createKeys('p:')

/** Every name, each with different ids. */
function namesOf(prefix: string): string[] {
  return Object.entries(createKeys(prefix))
    .filter(([of]) => of !== 'prefix')
    .map(([, built]) => (typeof built === 'function' ? (built as (...ids: string[]) => string)('a', 'b') : built))
}

describe('builders', () => {
  test.each([
    [keys.nodes, 'p:nodes'],
    [keys.dead('i-1'), 'p:dead:i-1'],
    [keys.accountSlots('x.com-1'), 'p:{account:x.com-1}:slots'],
    [keys.catalogRuns(7, 'order'), 'p:{catalog}:7:runs:order'],
    [keys.channelAnswers('c-1', 'i-1'), 'p:{channel:c-1}:answers:i-1'],
    [keys.shardMemory('17'), 'p:memory:{17}'],
    // An id that contains a replacement pattern is an id like any other.
    [keys.sourceState('$&'), 'p:{source:$&}:state'],
  ])('%s', (built, name) => {
    expect(built).toBe(name)
  })

  test('no two names are equal', () => {
    expect(new Set(namesOf('p:')).size).toBe(Object.keys(KEYS).length)
  })
})

describe('clusters that share one Redis', () => {
  const redisUrl = 'redis://host:6379'

  test.each([
    ['CLUSTER', { cluster: 'home', redisUrl: `${redisUrl}/3` }, 'home'],
    ['the number of the database', { redisUrl: `${redisUrl}/3` }, '3'],
    ['the number behind the name of the primary', { redisUrl: 'redis+sentinel://a,b/mymaster/2' }, '2'],
    ['0 without a number', { redisUrl }, '0'],
    ['0 on a Redis Cluster', { redisUrl: 'redis+cluster://a,b' }, '0'],
  ])('are named by %s', (_, settings, name) => {
    expect(clusterKeys(settings).nodes).toBe(`kptv:${name}:nodes`)
  })

  test('have no key and no pub/sub channel in common, for any names', () => {
    // Names that resemble parts of keys.
    const clusters = ['0', '1', 'node', 'nodes', 'dead', 'worker', 'catalog', 'memory']
    const names = clusters.flatMap((cluster) => namesOf(keyPrefix(cluster)))
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^kptv:[a-z0-9]+:./)
  })
})

test('no other source file writes key text', () => {
  const repository = fileURLToPath(new URL('../../../../', import.meta.url))
  const files = globSync('{packages,apps}/*/src/**/*.{ts,lua}', { cwd: repository }).filter(
    (file) => !/\.test\.ts$|^packages\/testkit\/|redis\/src\/keys\//.test(file),
  )
  expect(files.length).toBeGreaterThan(50)
  const guilty = files.filter((file) => /^[^*\n]*['"`]kptv:/m.test(readFileSync(`${repository}/${file}`, 'utf8')))
  expect(guilty).toEqual([])
})
