import { EventEmitter } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { createManualClock } from '@kptv/testkit'
import { judgeReadiness, type ReadinessFacts } from './readiness.ts'
import { ReadinessWatch } from './readiness-watch.ts'

const WELL: ReadinessFacts = {
  redis: true,
  redisRefuses: false,
  redisSilentMs: 0,
  peersSilentMs: [],
  catalog: true,
  warm: true,
  draining: false,
}
const AWAY: ReadinessFacts = { ...WELL, redis: false, redisSilentMs: 10_000 }

describe('a node gets viewers', () => {
  test.each<[string, ReadinessFacts, string, string[]]>([
    ['when nothing is wrong', WELL, 'ready', []],
    ['while Redis is away for everyone', { ...AWAY, peersSilentMs: [10_000, 8_000] }, 'degraded', ['redis-away']],
    [
      'while Redis refuses connections',
      { ...AWAY, redisRefuses: true, peersSilentMs: [0] },
      'degraded',
      ['redis-away'],
    ],
    ['where no other node answers', AWAY, 'degraded', ['redis-away']],
    ['before the first import', { ...WELL, catalog: false }, 'degraded', ['catalog-missing']],
    ['while Redis warms up', { ...WELL, warm: false }, 'degraded', ['warming-up']],
    [
      'while Redis warms up without a catalogue',
      { ...WELL, warm: false, catalog: false },
      'degraded',
      ['catalog-missing', 'warming-up'],
    ],
    [
      'while another node notices later',
      { ...AWAY, redisSilentMs: 4_000, peersSilentMs: [0] },
      'degraded',
      ['redis-away'],
    ],
  ])('%s', (_, facts, status, reasons) => {
    expect(judgeReadiness(facts)).toMatchObject({ status, reasons })
  })
})

describe('a node gets no viewers', () => {
  test.each<[string, ReadinessFacts, string[]]>([
    ['while it drains', { ...WELL, draining: true }, ['draining']],
    ['when Redis answers others and not this node', { ...AWAY, peersSilentMs: [9_000, 0] }, ['cut-off', 'redis-away']],
    ['while it drains without Redis', { ...AWAY, draining: true }, ['draining', 'redis-away']],
  ])('%s', (_, facts, reasons) => {
    expect(judgeReadiness(facts)).toMatchObject({ status: 'not ready', reasons })
  })
})

describe('the watch', () => {
  function start(given: { readonly peers?: readonly { readonly url: string }[] } = {}) {
    const redis = Object.assign(new EventEmitter(), { status: 'ready' })
    const clock = createManualClock()
    const state = { generation: 1 as number | undefined, fails: false }
    const watch = new ReadinessWatch({
      redis: redis as never,
      catalog: {
        currentGeneration: async () => {
          if (state.fails) throw new Error('Redis is away')
          return state.generation
        },
      },
      isWarm: () => true,
      peers: () => given.peers ?? [],
      clock,
    })
    return { redis, state, watch, clock }
  }

  test('knows how long Redis has been silent, though it answers from its last sample', async () => {
    const { state, watch, clock } = start()
    await watch.start()
    await clock.advance(5_000)
    expect(watch.answer()).toMatchObject({ status: 'ready', redisSilentMs: 0 })
    state.fails = true
    await clock.advance(999)
    expect(watch.answer().status).toBe('ready')
    await clock.advance(3_001)
    expect(watch.answer()).toMatchObject({ status: 'degraded', reasons: ['redis-away'], redisSilentMs: 4_000 })
  })

  test('believes a closed connection at once', async () => {
    const { redis, watch } = start()
    await watch.sample()
    redis.status = 'reconnecting'
    redis.emit('error', Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }))
    expect(watch.answer()).toMatchObject({ status: 'degraded', redis: false, redisRefuses: true })
    redis.status = 'ready'
    redis.emit('ready')
    expect(watch.answer()).toMatchObject({ status: 'ready', redisRefuses: false })
  })

  test('reports a drain without waiting for a sample', async () => {
    const { watch } = start()
    await watch.sample()
    watch.drain()
    expect(watch.answer()).toMatchObject({ status: 'not ready', reasons: ['draining'] })
  })

  test.each([
    ['hears Redis', { redisSilentMs: 0 }, 'not ready'],
    ['does not hear Redis either', { redisSilentMs: 20_000 }, 'degraded'],
    ['is of an older version', { redis: true }, 'degraded'],
  ])('polls other nodes while Redis is silent: one that %s', async (_, answer, status) => {
    const peer = createServer((_request, response) => response.end(JSON.stringify(answer)))
    await new Promise<void>((resolve) => peer.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = peer.address() as AddressInfo
      const { state, watch, clock } = start({
        peers: [{ url: `http://127.0.0.1:${port}` }, { url: 'http://127.0.0.1:1' }],
      })
      state.fails = true
      await clock.advance(20_000)
      await watch.sample()
      expect(watch.answer().status).toBe(status)
      state.fails = false
      await watch.sample()
      expect(watch.answer().status).toBe('ready')
    } finally {
      peer.close()
    }
  })
})
