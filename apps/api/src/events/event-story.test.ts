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

test('a takeover is an event, the first lead is not', () => {
  const lead = (isTakeover: boolean): EdgeEvent => ({ type: 'lead-taken', channelId: 'news', isTakeover })
  expect(tell([lead(false), 0], [lead(true), 1])).toEqual([{ type: 'channel-taken-over', channel: 'news' }])
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
