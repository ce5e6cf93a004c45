import { expect, test } from '@jest/globals'
import type { AdminOrder, NodeReply, SessionStep } from '@kptv/contract'
import { createSessionSource } from '../../test-support/session-source.ts'
import type { ViewerClient } from '../media/viewer.ts'
import { createNodeReplies } from './node-replies.ts'

const STEP: SessionStep = { step: 'lead-taken', at: 1, source: null, stream: null, code: null }

function createNode() {
  const tv = createSessionSource(1)
  const drains: string[] = []
  const players: Array<{ readonly id: string; readonly client: ViewerClient; readonly sentBytes: number }> = []
  const reply = createNodeReplies({
    registry: tv.registry,
    playersOf: () => players,
    stopPlayers: () => players.length > 0,
    steps: { of: () => [STEP] },
    incarnation: () => 'own',
    requestDrain: () => void drains.push('drain'),
  })
  const order = (given: AdminOrder): NodeReply['outcome'] => reply({ ask: 'carry-out', order: given }).outcome
  return { tv, players, drains, reply, order }
}

test('an order about a channel that does not play here changes nothing', () => {
  const { order, drains } = createNode()
  for (const name of ['next-source', 'stop', 'move-leader'] as const)
    expect(order({ order: name, channel: 'channel' })).toBe('not-here')
  expect(order({ order: 'end-viewer', channel: 'channel', viewer: 'v' })).toBe('not-here')
  expect(order({ order: 'drain', node: 'another' })).toBe('not-here')
  expect(drains).toEqual([])
})

test('a drain reaches only the process that it names', () => {
  const { order, drains } = createNode()
  expect(order({ order: 'drain', node: 'own' })).toBe('done')
  expect(drains).toEqual(['drain'])
})

test('the leader moves to its next stream, and its viewers stay', async () => {
  const { tv, order } = createNode()
  const { session } = await tv.play()
  expect(order({ order: 'next-source', channel: 'channel' })).toBe('done')
  expect(order({ order: 'next-source', channel: 'channel' })).toBe('not-now')
  await tv.settle()
  tv.send(2_000)
  await tv.settle()
  expect([session.phase, session.viewerCount, tv.state.opened]).toEqual(['playing', 1, 2])
  expect(tv.state.releasedTooEarly).toBe(0)
  await tv.stop()
})

test('a leader without followers cannot move, and a leader waiting for a slot cannot change its stream', async () => {
  const { tv, order } = createNode()
  await tv.play()
  expect(order({ order: 'move-leader', channel: 'channel' })).toBe('no-other-node')
  const waiting = await tv.open('another')
  void waiting.admit(new AbortController().signal)
  await tv.settle()
  expect(order({ order: 'next-source', channel: 'another' })).toBe('not-now')
  await tv.stop()
})

test('ends one viewer by its id; the others and the channel stay', async () => {
  const { tv, order, reply } = createNode()
  const { session, viewer } = await tv.play()
  const { viewer: other } = await tv.play()
  expect(order({ order: 'end-viewer', channel: 'channel', viewer: viewer.id })).toBe('done')
  expect([...session.viewers]).toEqual([other])
  expect(order({ order: 'end-viewer', channel: 'channel', viewer: viewer.id })).toBe('not-here')
  expect(reply({ ask: 'describe', channel: 'channel' }).plays).toMatchObject({ role: 'leads', viewers: 1 })
  await tv.stop()
})

test('a stopped channel has no viewer, no connection and no slot left', async () => {
  const { tv, order } = createNode()
  const { session } = await tv.play()
  expect(order({ order: 'stop', channel: 'channel' })).toBe('done')
  await tv.settle()
  expect(await session.ended).toBe('stopped')
  expect(tv.state).toMatchObject({ open: 0, slots: new Set() })
})

test('players of HLS are stopped though their session is still being opened', () => {
  const { order, players } = createNode()
  const client = { user: 'anna', priority: 0, player: 'Safari', address: '192.0.2.7', sinceMs: 5 }
  players.push({ id: 'player', client, sentBytes: 0 })
  expect(order({ order: 'stop', channel: 'channel' })).toBe('done')
})

test('describes its steps, and HLS players without the ids that open their playlists', async () => {
  const { tv, reply, players } = createNode()
  await tv.play()
  const client = { user: 'anna', priority: 0, player: 'Safari', address: '192.0.2.7', sinceMs: 5 }
  players.push({ id: 'secret-of-the-player', client, sentBytes: 9 })
  const { plays } = reply({ ask: 'describe', channel: 'channel' })
  expect(plays?.steps).toEqual([STEP])
  expect(plays?.clients.at(-1)).toMatchObject({ output: 'hls', user: 'anna', player: 'Safari', since: 5, sentBytes: 9 })
  expect(JSON.stringify(plays)).not.toContain('secret')
  await tv.stop()
})
