import { describe, expect, test } from '@jest/globals'
import { parseRedisAddress } from '@kptv/addresses'
import { clusterOptions, reconnectDelayMs, redisOptions, sentinelOptions } from './connection-options.ts'

test.each([
  [1, 0, 75],
  [1, 1, 100],
  [2, 1, 200],
  [3, 1, 400],
  [4, 1, 500],
  [4, 0, 375],
  [100_000, 1, 500],
])('attempt %i with random %d waits %i ms', (attempt, random, delayMs) => {
  expect(reconnectDelayMs(attempt, random)).toBe(delayMs)
})

describe('roles', () => {
  test('commands fail fast and are never repeated', () => {
    expect(redisOptions({ role: 'commands', name: 'edge 1' })).toMatchObject({
      connectionName: 'kptv-edge_1-commands',
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 1,
      commandTimeout: 2000,
      connectTimeout: 1000,
    })
  })

  test('jobs are retried forever, as BullMQ demands', () => {
    expect(redisOptions({ role: 'jobs', name: 'x' })).toMatchObject({ maxRetriesPerRequest: null })
  })
})

describe('topologies', () => {
  test('Sentinels: accepts only a primary; Sentinels have their own login and TLS', () => {
    const address = parseRedisAddress('rediss+sentinel://u:p@one,two/kptv/1?sentinel_username=su&sentinel_password=sp')
    expect(sentinelOptions(address, { role: 'commands', name: 'x' })).toMatchObject({
      name: 'kptv',
      role: 'master',
      db: 1,
      username: 'u',
      password: 'p',
      socketTimeout: 2000,
      sentinelUsername: 'su',
      sentinelPassword: 'sp',
      tls: {},
      sentinelTLS: {},
      enableTLSForSentinelMode: true,
      maxRetriesPerRequest: 1,
      autoResendUnfulfilledCommands: false,
      enableOfflineQueue: false,
    })
  })

  test('a Redis Cluster: repeats no command that may have been carried out, and leaves a silent node', () => {
    const address = parseRedisAddress('redis+cluster://:p@one,two')
    expect(clusterOptions(address, { role: 'commands', name: 'x', commandTimeoutMs: 800 })).toMatchObject({
      enableOfflineQueue: false,
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      redisOptions: { password: 'p', commandTimeout: 800, socketTimeout: 800 },
    })
    const jobs = clusterOptions(address, { role: 'jobs', name: 'x' })
    expect(jobs).toMatchObject({
      enableOfflineQueue: true,
      redisOptions: { maxRetriesPerRequest: null, socketTimeout: 30_000 },
    })
    expect(jobs).not.toHaveProperty('retryDelayOnFailover')
  })
})
