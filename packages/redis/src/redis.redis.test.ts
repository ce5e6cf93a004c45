import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { eventually, type RedisForTests, startRedisCluster, startRedisForTests } from '@kptv/testkit'
import type { RedisRole } from './connection-options.ts'
import { connectRedis } from './connections.ts'
import { defineScript } from './define-script.ts'

// Starts processes and servers: the time limit is only there to end a hang.
jest.setTimeout(120_000)

let server: RedisForTests
beforeAll(async () => {
  server = await startRedisForTests({ isPrivate: true })
})
afterAll(() => server.stop())

function collectLines() {
  const lines: Array<{ readonly level: string; readonly message: string; readonly text: string }> = []
  const write = (level: string) => (fields: object, message: string) => {
    lines.push({ level, message, text: JSON.stringify({ ...fields, message }) })
  }
  return { lines, logger: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') } }
}

async function connect(role: RedisRole, { url = server.url, commandTimeoutMs = 60_000 } = {}) {
  const { lines, logger } = collectLines()
  const redis = await connectRedis({ url, role, name: 'edge-1', logger, commandTimeoutMs })
  return { redis, lines, [Symbol.dispose]: () => redis.disconnect() }
}

describe('connectRedis', () => {
  test('names the connection for people', async () => {
    using connection = await connect('commands')
    expect(await connection.redis.client('GETNAME')).toBe('kptv-edge-1-commands')
    expect(connection.lines).toEqual([])
  })

  test('a command without an answer fails in time, and a command to an absent Redis at once', async () => {
    using connection = await connect('commands', { commandTimeoutMs: 500 })
    server.pause()
    await expect(connection.redis.get('a')).rejects.toThrow('Command timed out')
    server.resume()
    await server.killHard()
    await eventually('the connection has noticed', () => connection.redis.status !== 'ready')
    await expect(connection.redis.get('a')).rejects.toThrow()
    await server.restart()
    await eventually('Redis is used again', () => connection.redis.ping().catch(() => undefined))
    expect(connection.lines.filter(({ level }) => level !== 'debug').map(({ message }) => message)).toEqual([
      'Redis is away, reconnecting',
      'Redis is back',
    ])
  })

  test('waits for a Redis that is not there yet, logs that, and never shows the password', async () => {
    await server.killHard()
    const { lines, logger } = collectLines()
    const url = server.url.replace('redis://', 'redis://:canary-password@')
    const giveUp = new AbortController()
    const waiting = connectRedis({ url, role: 'commands', name: 'edge-1', logger, signal: giveUp.signal })
    await eventually('it logs that it waits', () => lines.some(({ message }) => message === 'waiting for Redis'))
    giveUp.abort()
    await expect(waiting).rejects.toThrow(/^gave up waiting for Redis at redis:\/\/[^@]*$/)
    expect(JSON.stringify(lines)).not.toContain('canary')
    await server.restart()
  })

  test('a subscriber has its channels again after an outage', async () => {
    using subscriber = await connect('subscriber')
    const heard: string[] = []
    subscriber.redis.on('message', (_channel: string, message: string) => heard.push(message))
    await subscriber.redis.subscribe('news')
    await server.restart()
    await eventually('a message comes through', async () => {
      await server.command('PUBLISH', 'news', 'hello')
      return heard.length > 0
    })
  })
})

describe('a Redis Cluster', () => {
  test('is found through a host name too, and is closed without noise', async () => {
    await using cluster = await startRedisCluster()
    const url = cluster.url.replaceAll('127.0.0.1', 'localhost')
    const connection = await connect('commands', { url })
    for (const key of ['a', 'b', 'c', 'd', 'e']) await connection.redis.set(key, 'x')
    const ended = new Promise((resolve) => connection.redis.once('end', resolve))
    connection.redis.disconnect()
    await ended
    // Its nodes end one after the other.
    await sleep(200)
    expect(connection.lines).toEqual([])
  })
})

describe('one server of the wrong kind', () => {
  test('a node of a Redis Cluster is refused, with the right form of address', async () => {
    await using cluster = await startRedisCluster()
    const { url } = cluster.primaries[0]!
    await expect(connect('commands', { url })).rejects.toThrow(
      /is a node of a Redis Cluster: write redis\+cluster:\/\/ for it$/,
    )
    using connection = await connect('commands', { url: cluster.url })
    for (const key of ['a', 'b', 'c', 'd', 'e']) await connection.redis.set(key, 'x')
    expect(connection.lines).toEqual([])
  })

  test('a replica is reported in the log', async () => {
    const serverArguments = ['--replicaof', `127.0.0.1 ${new URL(server.url).port}`]
    await using replica = await startRedisForTests({ isPrivate: true, serverArguments })
    using connection = await connect('commands', { url: replica.url })
    expect(connection.lines.map(({ message }) => message)).toEqual(['this Redis is a replica and takes no writes'])
  })
})

describe('defineScript', () => {
  const file = new URL('../test-support/testing-echo-1.lua', import.meta.url)

  test('runs, and survives SCRIPT FLUSH', async () => {
    using connection = await connect('commands')
    const echo = defineScript<readonly [number], string[]>({ file, parse: (reply) => reply as string[] })
    for (let round = 0; round < 2; round += 1) {
      await connection.redis.script('FLUSH')
      expect(await echo(connection.redis, ['k'], [7])).toEqual(['k', '7'])
      expect(await echo(connection.redis, ['k'], [7])).toEqual(['k', '7'])
    }
  })

  test("a wrong number of keys is the caller's mistake", async () => {
    using connection = await connect('commands')
    const echo = defineScript<readonly [], unknown>({ file, parse: (reply) => reply })
    await expect(echo(connection.redis, ['a', 'b'], [])).rejects.toThrow('testing-echo-1.lua takes 1 keys, not 2')
  })

  test('a file name without the number of keys is refused', () => {
    const nameless = new URL('../test-support/testing-echo.lua', import.meta.url)
    expect(() => defineScript({ file: nameless, parse: Number })).toThrow('must be named')
  })
})
