import { expect, jest, test } from '@jest/globals'
import { eventually } from '../eventually.ts'
import { startRedisCluster } from './redis-cluster.ts'
import { startRedisSentinel } from './redis-sentinel.ts'

// Servers are started: only a hang shall end a test.
jest.setTimeout(120_000)

test('a cluster of three primaries: each has a third of the slots, and a command finds its node', async () => {
  await using cluster = await startRedisCluster()
  const names = Array.from({ length: 30 }, (_, index) => `key-${index}`)
  for (const name of names) await cluster.command('SET', name, '1')
  expect(((await cluster.command('KEYS', '*')) as string[]).sort()).toEqual([...names].sort())
  const sizes = await Promise.all(cluster.primaries.map((node) => node.command('DBSIZE')))
  expect(sizes.filter((size) => Number(size) > 0)).toHaveLength(3)
  const owner = await cluster.primaryOf('key-0')
  expect(await owner.command('GET', 'key-0')).toBe('1')
})

test('a cluster with replicas fails over', async () => {
  await using cluster = await startRedisCluster({ replicas: 1 })
  await cluster.command('SET', 'a', '1')
  const primary = await cluster.primaryOf('a')
  const copies = () => Promise.all(cluster.replicas.map((replica) => replica.command('DBSIZE')))
  await eventually('a replica has it', async () => (await copies()).includes(1))
  await primary.killHard()
  await eventually(
    'a replica serves the key',
    async () => (await cluster.command('GET', 'a').catch(() => '')) === '1',
    {
      deadlineMs: 30_000,
    },
  )
  expect(cluster.replicas).toContain(await cluster.primaryOf('a'))
})

test('Sentinels fail over', async () => {
  await using sentinel = await startRedisSentinel()
  const [first, second] = sentinel.servers
  expect(await sentinel.primary()).toBe(first)
  await first!.killHard()
  await eventually('the replica is the primary', async () => (await sentinel.primary()) === second, {
    deadlineMs: 30_000,
  })
  await eventually('it takes writes', async () => (await sentinel.command('SET', 'a', '1').catch(() => '')) === 'OK')
})
