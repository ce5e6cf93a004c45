import { describe, expect, test } from '@jest/globals'
import { type EventFacts, eventFacts } from '@kptv/contract'
import { sentenceOf, weightOf } from './sentence-of.ts'

const ofChannel = { channel: 'n', channelName: 'News' }
const ofSource = { source: 'a', sourceName: 'Provider A' }
const ofGuide = { guide: 'g', guideName: 'guide.example' }
const ALL: readonly EventFacts[] = [
  { type: 'stream-failed', ...ofChannel, ...ofSource, stream: 's', code: 'stalled' },
  { type: 'stream-failed', ...ofChannel, ...ofSource, stream: 's', code: 'never-heard-of' },
  {
    type: 'stream-changed',
    ...ofChannel,
    ...ofSource,
    stream: 's',
    fromSource: 'b',
    fromSourceName: 'B',
    afterMs: 1_140,
  },
  {
    type: 'stream-changed',
    ...ofChannel,
    ...ofSource,
    stream: 's',
    fromSource: 'a',
    fromSourceName: 'Provider A',
    afterMs: 90,
  },
  {
    type: 'stream-changed',
    ...ofChannel,
    ...ofSource,
    stream: 's',
    fromSource: 'b',
    fromSourceName: 'B',
  },
  { type: 'channel-failed', ...ofChannel, code: 'streams-failing' },
  { type: 'channel-taken-over', ...ofChannel },
  { type: 'conversion-failed', ...ofChannel, format: 'fmp4' },
  { type: 'list-read', ...ofSource, entries: 120, before: 117 },
  { type: 'list-read', ...ofSource, entries: 120, before: 0 },
  { type: 'list-read', ...ofSource, entries: 90, before: 117, lostGroups: ['Sport', 'News'] },
  { type: 'alarm', ...ofSource, code: 'shrunk', message: 'list refused: 40 % of its entries are missing' },
  { type: 'alarm-over', ...ofSource },
  { type: 'login', who: 'operator', address: '192.0.2.7', outcome: 'right' },
  { type: 'login', who: 'viewer', address: '192.0.2.7', outcome: 'wrong' },
  { type: 'order', order: 'stop', outcome: 'done', address: '192.0.2.7', ...ofChannel },
  { type: 'order', order: 'drain', outcome: 'unknown-node', address: '192.0.2.7', target: 'edge-9' },
  { type: 'order', order: 'read-list', outcome: 'done', address: '192.0.2.7' },
  { type: 'node-started', version: '1.2.3' },
  { type: 'node-drains' },
  { type: 'webhook-failed', webhook: '1-discord.com', status: 404, isFinal: true },
  { type: 'webhook-failed', webhook: '1-discord.com', code: 'ECONNREFUSED', isFinal: false },
  { type: 'node-stopped' },
  { type: 'node-gone' },
  { type: 'node-gone', reason: 'signal SIGKILL' },
  { type: 'guide-read', ...ofGuide, programmes: 12 },
  { type: 'guide-alarm', ...ofGuide, code: 'not-found', message: 'HTTP 404.' },
  { type: 'guide-alarm-over', ...ofGuide },
]

describe.each(['en', 'de'] as const)('in %s', (language) => {
  test('every type of event is one whole sentence', () => {
    const types = new Set(ALL.map(({ type }) => type))
    expect(types.size).toBe(eventFacts.options.length)
    for (const facts of ALL) {
      const sentence = sentenceOf({ facts, node: 'edge-1' }, language)
      expect(sentence).toMatch(/^\S.*\.$/)
      expect(sentence).not.toMatch(/undefined|null|NaN|\[object|\.\.$/)
    }
  })
})

test('has the words that people read', () => {
  const reported = ALL.map((facts) => sentenceOf({ facts, node: 'edge-1' }, 'en'))
  expect(reported.slice(0, 4)).toEqual([
    'News: Provider A sent nothing any more.',
    'News: Provider A failed (never-heard-of).',
    'News: continued with Provider A on edge-1, 1.1 s after B failed.',
    'News: Provider A plays again on edge-1, after 0.1 s.',
  ])
  expect(reported).toContain('Someone at 192.0.2.7 ordered a drain for edge-9, at edge-1; refused: unknown-node.')
})

test('failures, alarms and wrong passwords need attention', () => {
  const bad = ALL.filter((facts) => weightOf(facts) === 'bad').map(({ type }) => type)
  expect(bad).toEqual([
    'stream-failed',
    'stream-failed',
    'channel-failed',
    'alarm',
    'login',
    'webhook-failed',
    'webhook-failed',
    'node-gone',
    'node-gone',
    'guide-alarm',
  ])
})
