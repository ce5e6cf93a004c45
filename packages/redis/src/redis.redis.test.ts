import { once } from 'node:events'
import { type AddressInfo, connect as connectTcp } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createServer as createTlsServer } from 'node:tls'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import {
  createSelfSignedCertificate,
  eventually,
  type RedisForTests,
  startRedisCluster,
  startRedisForTests,
} from '@kptv/testkit'
import { Redis as Server } from 'ioredis'
import { type RedisRole, redisOptions } from './connection-options.ts'
import { connectRedis } from './connections.ts'
import { defineScript } from './define-script.ts'
import { InPlaceConnector } from './in-place/in-place-connector.ts'

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

  test('a subscriber regains its channels after an outage', async () => {
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

  test('a subscription that Redis refuses after a reconnect does not end the process', async () => {
    using subscriber = await connect('subscriber')
    await subscriber.redis.subscribe('news')
    const isBack = new Promise((resolve) => subscriber.redis.once('ready', resolve))
    // It also closes the connections of those who have subscribed.
    await server.command('ACL', 'SETUSER', 'default', 'resetchannels')
    await isBack
    await expect(subscriber.redis.subscribe('other')).rejects.toThrow('NOPERM')
    await server.command('ACL', 'SETUSER', 'default', 'allchannels')
  })
})

describe('a subscriber that reads in place', () => {
  const messages = [0, 1, 1_000, 65_536, 60_000, 300_000, 1_000_000, 60_000].map((size, index) =>
    Buffer.alloc(size, index + 1),
  )

  test.each(['', 'TLS'])('gets every message whole, before and after a cut %s', async (encryption) => {
    const port = Number(new URL(server.url).port)
    await using proxy = encryption === '' ? undefined : await startTlsProxy(port)
    const where = proxy === undefined ? { port } : { port: proxy.port, tls: { rejectUnauthorized: false } }
    const subscriber = new Server({
      ...redisOptions({ role: 'subscriber', name: 'x' }),
      Connector: InPlaceConnector,
      ...where,
    })
    using publisher = await connect('commands')
    const heard: Buffer[] = []
    const views: Buffer[] = []
    subscriber.on('smessageBuffer', (_name: Buffer, bytes: Buffer) => {
      if (bytes.length === 0) return
      heard.push(Buffer.from(bytes))
      views.push(bytes)
    })
    await subscriber.ssubscribe('media')
    for (const message of messages) await publisher.redis.spublish('media', message)
    await eventually('all are there', () => heard.length === messages.length - 1)
    expect(Buffer.concat(heard).equals(Buffer.concat(messages))).toBe(true)
    // Only lent: the memory of the connection holds what came last.
    expect(views[0]!.equals(heard[0]!)).toBe(false)

    subscriber.stream.destroy()
    heard.length = 0
    await eventually('it hears again', async () => {
      await publisher.redis.spublish('media', messages[3]!)
      return heard.length > 0
    })
    expect(heard[0]!.equals(messages[3]!)).toBe(true)
    subscriber.disconnect()
  })
})

/** Takes the encryption off, in front of a Redis without it. */
async function startTlsProxy(redisPort: number) {
  const tls = createTlsServer(createSelfSignedCertificate(), (socket) => {
    const redis = connectTcp(redisPort)
    socket.pipe(redis).pipe(socket)
    for (const end of [socket, redis]) end.on('error', () => [socket, redis].map((other) => other.destroy()))
  }).listen()
  await once(tls, 'listening')
  const { port } = tls.address() as AddressInfo
  return { port, [Symbol.asyncDispose]: async () => void tls.close() }
}

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
