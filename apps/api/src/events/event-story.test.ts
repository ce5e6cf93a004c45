import { expect, test } from '@jest/globals'
import type { EdgeEvent } from './edge-events.ts'
import { EventStory } from './event-story.ts'
import { nameFacts } from './name-facts.ts'

const of = (sourceId: string) => ({ channelId: 'news', sourceId, streamId: `stream-of-${sourceId}` })
const failed = (sourceId: string, code: string): EdgeEvent => ({ type: 'stream-failed', ...of(sourceId), code })
const plays = (sourceId: string): EdgeEvent => ({ type: 'stream-playing', ...of(sourceId) })

function report(...events: ReadonlyArray<readonly [EdgeEvent, number]>) {
  const story = new EventStory()
  return events.flatMap(([event, atMs]) => story.report(event, atMs) ?? [])
}

test('a first stream that plays is not an event; one that follows a failure is', () => {
  expect(report([plays('a'), 0])).toEqual([])
  const reports = report(
    [plays('a'), 0],
    [failed('a', 'stalled'), 1_000],
    [failed('b', 'not-found'), 1_400],
    [plays('c'), 2_100],
  )
  expect(reports).toMatchObject([
    { type: 'stream-failed', channel: 'news', source: 'a', code: 'stalled' },
    { type: 'stream-failed', source: 'b', code: 'not-found' },
    { type: 'stream-changed', source: 'c', fromSource: 'a', afterMs: 1_100 },
  ])
})

test('a normal end of a channel is not an event, a failed one is; its next life starts afresh', () => {
  const ended = (reason: 'idle' | 'streams-failing'): EdgeEvent => ({
    type: 'channel-ended',
    channelId: 'news',
    reason,
  })
  expect(report([failed('a', 'gone'), 0], [ended('idle'), 1], [plays('a'), 2])).toHaveLength(1)
  expect(report([ended('streams-failing'), 0])).toEqual([
    { type: 'channel-failed', channel: 'news', code: 'streams-failing' },
  ])
})

test('a change without a failure is an event; restarting the same stream is not', () => {
  expect(report([plays('a'), 0], [plays('a'), 1], [plays('b'), 2])).toEqual([
    { type: 'stream-changed', channel: 'news', source: 'b', stream: 'stream-of-b', fromSource: 'a' },
  ])
})

test('repeating a failure, or a wrong password from one address, is not news for a minute', () => {
  const ended: EdgeEvent = { type: 'channel-ended', channelId: 'news', reason: 'streams-failing' }
  const wrong: EdgeEvent = { type: 'admin-login', address: '192.0.2.7', outcome: 'wrong' }
  const life = (atMs: number) =>
    [
      [failed('a', 'gone'), atMs],
      [ended, atMs],
      [wrong, atMs],
    ] as const
  const types = report(...life(0), ...life(1_000), [failed('a', 'stalled'), 2_000], ...life(60_000)).map(
    ({ type }) => type,
  )
  const all = ['stream-failed', 'channel-failed', 'login']
  expect(types).toEqual([...all, 'stream-failed', ...all])
})

test('a login of an operator or a viewer is an event', () => {
  const login = (type: 'admin-login' | 'viewer-login'): EdgeEvent => ({ type, address: '192.0.2.7', outcome: 'wrong' })
  expect(report([login('admin-login'), 0], [login('viewer-login'), 0])).toEqual(
    ['operator', 'viewer'].map((who) => ({ type: 'login', who, address: '192.0.2.7', outcome: 'wrong' })),
  )
})

test('the end of a node is an event, whether orderly or not', () => {
  const gone = { type: 'node-gone', node: 'edge-2', incarnation: 'i' } as const
  expect(
    report(
      [{ type: 'node-stopped', incarnation: 'i' }, 0],
      [{ ...gone, reason: undefined }, 0],
      [{ ...gone, reason: 'signal SIGKILL' }, 0],
    ),
  ).toEqual([{ type: 'node-stopped' }, { type: 'node-gone' }, { type: 'node-gone', reason: 'signal SIGKILL' }])
})

test('a takeover is an event, the first lead is not', () => {
  const lead = (isTakeover: boolean): EdgeEvent => ({ type: 'lead-taken', channelId: 'news', isTakeover })
  expect(report([lead(false), 0], [lead(true), 1])).toEqual([{ type: 'channel-taken-over', channel: 'news' }])
})

test('a conversion that keeps failing is reported once a minute', () => {
  const failed: EdgeEvent = { type: 'conversion-failed', channelId: 'news', format: 'fmp4' }
  const once = { type: 'conversion-failed', channel: 'news', format: 'fmp4' }
  expect(report([failed, 0], [failed, 30_000], [failed, 61_000])).toEqual([once, once])
})

test('an order is reported with its author and its object', () => {
  const given = { type: 'order-given', outcome: 'done', address: '192.0.2.7', nodes: ['edge-2'] } as const
  expect(
    report(
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

test('names are added where they exist; otherwise, or while Redis is away, ids are shown', async () => {
  const facts = {
    type: 'stream-changed',
    channel: 'news',
    source: 'b',
    fromSource: 'a',
    stream: 's',
    afterMs: 1,
  } as const
  const source = (id: string) => (id === 'a' ? 'Provider A' : undefined)
  expect(await nameFacts(facts, { channel: async () => 'News', source })).toEqual({
    ...facts,
    channelName: 'News',
    sourceName: 'b',
    fromSourceName: 'Provider A',
  })
  const away = async () => Promise.reject(new Error('Redis is away'))
  expect(await nameFacts(facts, { channel: away, source })).toMatchObject({ channelName: 'news' })
})
