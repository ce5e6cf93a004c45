import { expect, test } from '@jest/globals'
import { createManualClock } from '@kptv/testkit'
import { CLIENT } from '../../test-support/hls-node.ts'
import { PlayerCount } from './player-count.ts'

function createCount() {
  const clock = createManualClock()
  const players = new PlayerCount({
    channelId: 'channel',
    players: { lifetimeMs: 10_000, renew: async (_, heard) => ({ joined: heard.length, left: 0, own: heard.length }) },
    events: { emit: () => undefined },
    clock,
  })
  return { clock, players }
}

test('lists players as of their first request, with what each of them got', () => {
  const { players } = createCount()
  players.heard('a', CLIENT)
  players.heard('a', { ...CLIENT, sinceMs: 9_999, player: 'another' })
  players.heard('b', { ...CLIENT, user: undefined })
  players.sent('a', 5)
  players.sent('a', 6)
  players.sent('nobody', 7)
  expect(players.heardOf).toMatchObject([
    { id: 'a', client: CLIENT, sentBytes: 11 },
    { id: 'b', client: { user: undefined }, sentBytes: 0 },
  ])
})

test('a player silent for the length of a lease is no longer listed', async () => {
  const { clock, players } = createCount()
  players.heard('a', CLIENT)
  await clock.advance(6_000)
  players.heard('b', CLIENT)
  await clock.advance(6_000)
  await players.renew()
  expect(players.heardOf.map(({ id }) => id)).toEqual(['b'])
})
