import { describe, expect, test } from '@jest/globals'
import { reconnectDelayMs, redisOptions } from './connection-options.ts'
import { redactRedisUrl } from './redis-address.ts'

test.each([
  [1, 0, 75],
  [1, 1, 100],
  [2, 1, 200],
  [4, 1, 800],
  [5, 1, 1000],
  [5, 0, 750],
  [100_000, 1, 1000],
])('attempt %i with random %d waits %i ms', (attempt, random, delayMs) => {
  expect(reconnectDelayMs(attempt, random)).toBe(delayMs)
})

test.each([
  ['redis://user:secret@host:6379/2', 'redis://host:6379/2'],
  ['rediss://:secret@host', 'rediss://host'],
  ['redis://host:6379', 'redis://host:6379'],
  ['secret', 'an address that cannot be read'],
])('%s is shown as %s', (url, shown) => {
  expect(redactRedisUrl(url)).toBe(shown)
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

  test('jobs are retried without end, as BullMQ demands', () => {
    expect(redisOptions({ role: 'jobs', name: 'x' })).toMatchObject({ maxRetriesPerRequest: null })
  })
})
