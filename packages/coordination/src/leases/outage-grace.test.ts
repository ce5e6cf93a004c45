import { EventEmitter } from 'node:events'
import { describe, expect, test } from '@jest/globals'
import type { Redis } from '@kptv/redis'
import { createOutageGrace } from './outage-grace.ts'

const logger = { debug() {}, info() {}, warn() {}, error() {} }

function stage(isDownForEveryone: () => Promise<boolean>) {
  const server = Object.assign(new EventEmitter(), { status: 'ready', info: async () => 'loading:0\r\n' })
  const time = { nowMs: 1000 }
  const rides: number[] = []
  const ride = createOutageGrace({
    ...{ redis: server as unknown as Redis, isDownForEveryone, logger },
    timing: { deadlineMs: 2500, outageGraceMs: 60_000 },
    clock: { now: () => time.nowMs },
    holdings: [{ extendTo: (untilMs) => rides.push(untilMs) }],
  })
  const fail = async (code: string) => {
    server.emit('error', Object.assign(new Error('failed'), { code }))
    await new Promise(setImmediate)
  }
  return { ride, server, time, rides, fail }
}

describe('what counts as refused', () => {
  test('each refused connection extends to that moment + D, counted from before the peers were asked', async () => {
    const { time, rides, fail } = stage(async () => {
      time.nowMs += 300
      return true
    })
    await fail('ECONNREFUSED')
    time.nowMs = 2000
    await fail('ECONNREFUSED')
    expect(rides).toEqual([3500, 4500])
  })

  test.each(['ECONNRESET', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND'])(
    '%s does not: it may be there for others',
    async (code) => {
      const { rides, fail, ride } = stage(async () => true)
      await fail(code)
      expect(rides).toEqual([])
      expect(ride.isInGrace()).toBe(false)
    },
  )

  test('a server that loads its data does', async () => {
    const { ride, server, rides } = stage(async () => true)
    await ride.probe()
    expect(rides).toEqual([])
    Object.assign(server, { status: 'connect', info: async () => '# Persistence\r\nloading:1\r\nasync_loading:0\r\n' })
    await ride.probe()
    expect(rides).toEqual([3500])
    server.info = () => Promise.reject(new Error('Command timed out'))
    await ride.probe()
    expect(rides).toHaveLength(1)
  })
})

describe('limits', () => {
  test('a minute in all, until Redis has been ready again', async () => {
    const { time, rides, fail, server } = stage(async () => true)
    await fail('ECONNREFUSED')
    time.nowMs = 61_000
    await fail('ECONNREFUSED')
    time.nowMs = 61_001
    await fail('ECONNREFUSED')
    expect(rides).toEqual([3500, 63_500])
    server.emit('ready')
    await fail('ECONNREFUSED')
    expect(rides).toHaveLength(3)
  })

  test.each([
    ['no', async () => false],
    ['an error', () => Promise.reject(new Error('no answer'))],
  ])('%s from the peers: no ride', async (_, isDownForEveryone) => {
    const { rides, fail, ride } = stage(isDownForEveryone)
    await fail('ECONNREFUSED')
    expect(rides).toEqual([])
    expect(ride.isInGrace()).toBe(false)
  })

  test('afterwards it listens no more', async () => {
    const { rides, fail, ride, server } = stage(async () => true)
    ride[Symbol.dispose]()
    server.on('error', () => {})
    await fail('ECONNREFUSED')
    expect(rides).toEqual([])
  })
})
