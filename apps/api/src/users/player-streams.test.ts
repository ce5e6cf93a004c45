import { expect, test } from '@jest/globals'
import { userNamed } from '../../test-support/users.ts'
import { type Caller, EVERYONE } from './caller.ts'
import { PlayerStreams } from './player-streams.ts'

function createFixture() {
  const state = { outcome: 'kept' as 'kept' | 'ended' | 'full' | 'away', nowMs: 0, asked: [] as unknown[] }
  const players = new PlayerStreams({
    streams: {
      async keepPlayer(request) {
        state.asked.push(request)
        if (state.outcome === 'away') throw new Error('Redis is away')
        return state.outcome
      },
    },
    monotonicMs: () => state.nowMs,
  })
  return { state, players }
}

const callerWith = (streams: number): Caller => ({ ...EVERYONE, user: userNamed('Anna', { streams }), device: 'tv' })
const request = { channelId: 'c', player: 'p', lifetimeMs: 18_000 }

test("a request keeps its player's stream, under the user and the device", async () => {
  const { state, players } = createFixture()
  expect(await players.admit(callerWith(2), request)).toBeUndefined()
  expect(state.asked).toEqual([{ ...request, user: 'anna', device: 'tv', limit: 2, onLimit: 'refuse' }])
})

test.each(['full', 'ended'] as const)('a player whose stream is %s is refused', async (outcome) => {
  const { state, players } = createFixture()
  state.outcome = outcome
  expect(await players.admit(callerWith(2), request)).toBe('user-limit')
})

test('without USERS_FILE nothing is counted', async () => {
  const { state, players } = createFixture()
  expect(await players.admit(EVERYONE, request)).toBeUndefined()
  expect(state.asked).toEqual([])
})

test('while Redis is away, players admitted here continue, and no others start', async () => {
  const { state, players } = createFixture()
  const admit = (player: string, caller = callerWith(1)) => players.admit(caller, { ...request, player })
  await admit('p')
  state.outcome = 'away'
  for (let round = 0; round < 5; round += 1) {
    state.nowMs += 10_000
    players.forgetSilent()
    expect(await admit('p')).toBeUndefined()
  }
  expect(await admit('another')).toBe('coordination-unavailable')
  expect(await admit('another', callerWith(Number.POSITIVE_INFINITY))).toBeUndefined()
  state.nowMs += 18_000
  players.forgetSilent()
  expect(await admit('p')).toBe('coordination-unavailable')
})
