import { expect, test } from '@jest/globals'
import type { EdgeEvent } from './edge-events.ts'
import { EventStory } from './event-story.ts'
import { nameFacts } from './name-facts.ts'

const of = (sourceId: string) => ({ channelId: 'news', sourceId, streamId: `stream-of-${sourceId}` })
const failed = (sourceId: string, code: string): EdgeEvent => ({ type: 'stream-failed', ...of(sourceId), code })
const plays = (sourceId: string): EdgeEvent => ({ type: 'stream-playing', ...of(sourceId) })

function tell(...events: ReadonlyArray<readonly [EdgeEvent, number]>) {
  const story = new EventStory()
  return events.flatMap(([event, atMs]) => story.tell(event, atMs) ?? [])
}

test('a first stream that plays is no event; one that follows a failure is, since the first failure', () => {
  expect(tell([plays('a'), 0])).toEqual([])
  const told = tell(
    [plays('a'), 0],
    [failed('a', 'stalled'), 1_000],
    [failed('b', 'not-found'), 1_400],
    [plays('c'), 2_100],
  )
  expect(told).toMatchObject([
    { type: 'stream-failed', channel: 'news', source: 'a', code: 'stalled' },
    { type: 'stream-failed', source: 'b', code: 'not-found' },
    { type: 'stream-changed', source: 'c', fromSource: 'a', afterMs: 1_100 },
  ])
})

test('a channel that ends in order is no event, one that fails is; its next life begins anew', () => {
  const ended = (reason: 'idle' | 'streams-failing'): EdgeEvent => ({
    type: 'channel-ended',
    channelId: 'news',
    reason,
  })
  expect(tell([failed('a', 'gone'), 0], [ended('idle'), 1], [plays('a'), 2])).toHaveLength(1)
  expect(tell([ended('streams-failing'), 0])).toEqual([
    { type: 'channel-failed', channel: 'news', code: 'streams-failing' },
  ])
})

test('a change without a failure is an event; another start of the same stream is not', () => {
  expect(tell([plays('a'), 0], [plays('a'), 1], [plays('b'), 2])).toEqual([
    { type: 'stream-changed', channel: 'news', source: 'b', stream: 'stream-of-b', fromSource: 'a' },
  ])
})

test('the same failure again is no news for a minute, nor a wrong password from the same address', () => {
  const ended: EdgeEvent = { type: 'channel-ended', channelId: 'news', reason: 'streams-failing' }
  const wrong: EdgeEvent = { type: 'admin-login', address: '192.0.2.7', outcome: 'wrong' }
  const life = (atMs: number) =>
    [
      [failed('a', 'gone'), atMs],
      [ended, atMs],
      [wrong, atMs],
    ] as const
  const types = tell(...life(0), ...life(1_000), [failed('a', 'stalled'), 2_000], ...life(60_000)).map(
    ({ type }) => type,
  )
  const all = ['stream-failed', 'channel-failed', 'login']
  expect(types).toEqual([...all, 'stream-failed', ...all])
})

test('a login is an event, of an operator or a viewer', () => {
  const login = (type: 'admin-login' | 'viewer-login'): EdgeEvent => ({ type, address: '192.0.2.7', outcome: 'wrong' })
  expect(tell([login('admin-login'), 0], [login('viewer-login'), 0])).toEqual(
    ['operator', 'viewer'].map((who) => ({ type: 'login', who, address: '192.0.2.7', outcome: 'wrong' })),
  )
})

test('the end of a node is an event, in order or not', () => {
  const gone = { type: 'node-gone', node: 'edge-2', incarnation: 'i' } as const
  expect(
    tell(
      [{ type: 'node-stopped', incarnation: 'i' }, 0],
      [{ ...gone, reason: undefined }, 0],
      [{ ...gone, reason: 'signal SIGKILL' }, 0],
    ),
  ).toEqual([{ type: 'node-stopped' }, { type: 'node-gone' }, { type: 'node-gone', reason: 'signal SIGKILL' }])
})

test('a takeover is an event, the first lead is not', () => {
  const lead = (isTakeover: boolean): EdgeEvent => ({ type: 'lead-taken', channelId: 'news', isTakeover })
  expect(tell([lead(false), 0], [lead(true), 1])).toEqual([{ type: 'channel-taken-over', channel: 'news' }])
})

test('a conversion that fails again and again is told once a minute', () => {
  const failed: EdgeEvent = { type: 'conversion-failed', channelId: 'news', format: 'fmp4' }
  const once = { type: 'conversion-failed', channel: 'news', format: 'fmp4' }
  expect(tell([failed, 0], [failed, 30_000], [failed, 61_000])).toEqual([once, once])
})

test('an order is told with who gave it, and what it was about', () => {
  const given = { type: 'order-given', outcome: 'done', address: '192.0.2.7', nodes: ['edge-2'] } as const
  expect(
    tell(
      [{ ...given, order: { order: 'stop', channel: 'news' } }, 0],
      [{ ...given, order: { order: 'drain', node: 'incarnation' } }, 0],
      [{ ...given, outcome: 'unknown-source', order: { order: 'read-list', source: 'x' } }, 0],
      [{ ...given, order: { order: 'read-list' } }, 0],
    ),
  ).toEqual([
    { type: 'order', order: 'stop', channel: 'news', outcome: 'done', address: '192.0.2.7' },
    { type: 'order', order: 'drain', target: 'edge-2', outcome: 'done', address: '192.0.2.7' },
    { type: 'order', order: 'read-list', source: 'x', outcome: 'unknown-source', address: '192.0.2.7' },
    { type: 'order', order: 'read-list', outcome: 'done', address: '192.0.2.7' },
  ])
})

test('names are added where there are some; without, and while Redis is away, ids stand for themselves', async () => {
  const told = {
    type: 'stream-changed',
    channel: 'news',
    source: 'b',
    fromSource: 'a',
    stream: 's',
    afterMs: 1,
  } as const
  const source = (id: string) => (id === 'a' ? 'Provider A' : undefined)
  expect(await nameFacts(told, { channel: async () => 'News', source })).toEqual({
    ...told,
    channelName: 'News',
    sourceName: 'b',
    fromSourceName: 'Provider A',
  })
  const away = async () => Promise.reject(new Error('Redis is away'))
  expect(await nameFacts(told, { channel: away, source })).toMatchObject({ channelName: 'news' })
})
