import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { isPortOpen } from '../process/free-port.ts'
import { startRedisForTests } from './start-redis-for-tests.ts'

const pathOnly = { environment: { PATH: process.env.PATH } }

describe('a child process', () => {
  test('starts empty and is gone after dispose', async () => {
    let port = 0
    {
      await using redis = await startRedisForTests(pathOnly)
      expect(redis.kind).toBe('child')
      expect(await redis.command('DBSIZE')).toBe(0)
      port = Number(new URL(redis.url).port)
    }
    expect(await isPortOpen(port)).toBe(false)
  })

  test('comes back empty on the same port after a hard kill', async () => {
    await using redis = await startRedisForTests(pathOnly)
    await redis.command('SET', 'key', 'value')
    await redis.killHard()
    await expect(redis.command('PING')).rejects.toThrow()
    await redis.restart()
    expect(await redis.command('GET', 'key')).toBeNull()
  })

  test('comes back with its data when it writes an append-only file', async () => {
    await using redis = await startRedisForTests({ ...pathOnly, isAppendOnly: true })
    await redis.command('SET', 'key', 'value')
    await redis.restart({ keepData: true })
    expect(await redis.command('GET', 'key')).toBe('value')
  })

  test('answers nothing while paused, and resumes afterwards', async () => {
    await using redis = await startRedisForTests(pathOnly)
    redis.pause()
    const answer = redis.command('PING')
    const first = await Promise.race([answer, sleep(200, 'silence')])
    expect(first).toBe('silence')
    redis.resume()
    expect(await answer).toBe('PONG')
  })

  test('takes more server arguments', async () => {
    await using redis = await startRedisForTests({ ...pathOnly, serverArguments: ['--maxmemory', '10mb'] })
    expect(await redis.command('CONFIG', 'GET', 'maxmemory')).toEqual(['maxmemory', '10485760'])
  })
})

describe('the server of REDIS_URL', () => {
  test('gives each test file its own flushed database, and takes it back', async () => {
    await using server = await startRedisForTests({ ...pathOnly, isPrivate: true })
    const environment = { REDIS_URL: server.url }
    await server.command('SET', 'precious', 'of database 0')
    {
      await using one = await startRedisForTests({ environment })
      await using other = await startRedisForTests({ environment })
      expect(one.kind).toBe('database')
      expect(one.url).not.toBe(other.url)
      expect(one.keyPrefix).not.toBe(other.keyPrefix)
      await one.command('SET', 'key', 'value')
      expect(await other.command('GET', 'key')).toBeNull()
      expect(() => one.pause()).toThrow('isPrivate')
    }
    expect(await server.command('KEYS', '*')).toEqual(['precious'])
    await using next = await startRedisForTests({ environment })
    expect(await next.command('DBSIZE')).toBe(0)
  })
})

test('without any Redis the error names the three ways out', async () => {
  const startContainer = () => Promise.reject(new Error('no Docker here'))
  const nowhere = { environment: { PATH: '/nowhere' }, startContainer }
  await expect(startRedisForTests(nowhere)).rejects.toThrow(/REDIS_URL.*redis-server.*Docker/s)
})
