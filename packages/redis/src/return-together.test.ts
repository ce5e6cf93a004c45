import { EventEmitter } from 'node:events'
import { expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import { returnTogether } from './return-together.ts'

const ADDRESS = 'redis://127.0.0.1:6379'

class FakeConnection extends EventEmitter {
  attempts = 0
  status: Redis['status']

  constructor(status: Redis['status'], address = ADDRESS) {
    super()
    this.status = status
    returnTogether(address, this as unknown as Redis)
  }

  async connect(): Promise<void> {
    this.attempts += 1
    if (this.status !== 'reconnecting') throw new Error('Redis is already connecting/connected')
  }
}

test('a connection that is back ends the pause of those to the same server, and of no others', () => {
  const back = new FakeConnection('ready')
  const paused = new FakeConnection('reconnecting')
  const greeting = new FakeConnection('connect')
  const elsewhere = new FakeConnection('reconnecting', 'redis://127.0.0.1:6380')
  const ended = new FakeConnection('reconnecting')
  ended.emit('end')
  back.emit('ready')
  expect([back, paused, greeting, elsewhere, ended].map(({ attempts }) => attempts)).toEqual([0, 1, 0, 0, 0])
})

test('an attempt that fails at once harms nobody', async () => {
  const back = new FakeConnection('ready')
  const paused = new FakeConnection('reconnecting')
  paused.connect = async () => {
    paused.attempts += 1
    throw new Error('refused')
  }
  back.emit('ready')
  await new Promise((resolve) => setImmediate(resolve))
  expect(paused.attempts).toBe(1)
})
