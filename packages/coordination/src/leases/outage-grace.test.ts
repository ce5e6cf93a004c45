import { EventEmitter } from 'node:events'
import { describe, expect, test } from '@jest/globals'
import type { Redis } from '@kptv/redis'
import { createOutageGrace } from './outage-grace.ts'

const logger = { debug() {}, info() {}, warn() {}, error() {} }

function stage(isDownForEveryone: () => Promise<boolean>, isOnlyServer = true) {
  const server = Object.assign(new EventEmitter(), { status: 'ready', info: async () => 'loading:0\r\n' })
  const time = { nowMs: 1000 }
  const extended: number[] = []
  const grace = createOutageGrace({
    redis: server as unknown as Redis,
    isOnlyServer,
    isDownForEveryone,
    logger,
    timing: { deadlineMs: 2500, outageGraceMs: 60_000 },
    clock: { monotonicMs: () => time.nowMs },
    holdings: [{ extendTo: (untilMs) => extended.push(untilMs) }],
  })
  const fail = async (code: string) => {
    server.emit('error', Object.assign(new Error('failed'), { code }))
    await new Promise(setImmediate)
  }
  return { grace, server, time, extended, fail }
}

describe('a refusal', () => {
  test('extends leases to the moment of each refused connection + D, measured from before the peers were polled', async () => {
    const { time, extended, fail } = stage(async () => {
      time.nowMs += 300
      return true
    })
    await fail('ECONNREFUSED')
    time.nowMs = 2000
    await fail('ECONNREFUSED')
    expect(extended).toEqual([3500, 4500])
  })

  test.each(['ECONNRESET', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND'])(
    'is not %s: others may still reach Redis',
    async (code) => {
      const { extended, fail } = stage(async () => true)
      await fail(code)
      expect(extended).toEqual([])
    },
  )

  test('does not count where a replica may take over', async () => {
    const { grace, extended, fail } = stage(async () => true, false)
    await fail('ECONNREFUSED')
    grace.writesRefused(1000)
    expect(extended).toEqual([])
  })

  test('includes refused writes, whatever peers say, until all leases are renewed again', async () => {
    const { grace, extended, server, time } = stage(async () => false)
    grace.writesRefused(1000)
    grace.writesRefused(1350)
    expect(extended).toEqual([3500, 3850])
    // The server accepts connections all the time: that does not end the outage.
    server.emit('ready')
    grace.writesRefused(61_001)
    expect(extended).toHaveLength(2)
    grace.end()
    time.nowMs = 70_000
    grace.writesRefused(70_000)
    expect(extended).toEqual([3500, 3850, 72_500])
  })

  test('includes a server that is loading its data', async () => {
    const { grace, server, extended } = stage(async () => true)
    await grace.probe()
    expect(extended).toEqual([])
    Object.assign(server, { status: 'connect', info: async () => '# Persistence\r\nloading:1\r\nasync_loading:0\r\n' })
    await grace.probe()
    expect(extended).toEqual([3500])
    server.info = () => Promise.reject(new Error('Command timed out'))
    await grace.probe()
    expect(extended).toHaveLength(1)
  })
})

describe('an outage', () => {
  test('is bridged for a minute in total, until Redis has been ready again', async () => {
    const { time, extended, fail, server } = stage(async () => true)
    await fail('ECONNREFUSED')
    time.nowMs = 61_000
    await fail('ECONNREFUSED')
    time.nowMs = 61_001
    await fail('ECONNREFUSED')
    expect(extended).toEqual([3500, 63_500])
    server.emit('ready')
    await fail('ECONNREFUSED')
    expect(extended).toHaveLength(3)
  })

  test.each([
    ['no', async () => false],
    ['an error', () => Promise.reject(new Error('no answer'))],
  ])('grants no grace when the peers say: %s', async (_, isDownForEveryone) => {
    const { extended, fail } = stage(isDownForEveryone)
    await fail('ECONNREFUSED')
    expect(extended).toEqual([])
  })

  test('is no longer listened for after the end', async () => {
    const { extended, fail, grace, server } = stage(async () => true)
    grace[Symbol.dispose]()
    server.on('error', () => {})
    await fail('ECONNREFUSED')
    expect(extended).toEqual([])
  })
})
