import { expect, test } from '@jest/globals'
import type { ClusterEvent, LiveState } from '@kptv/contract'
import { choicesOf } from './event-choices.ts'

const EVENTS: readonly ClusterEvent[] = [
  {
    id: '2-0',
    at: 2,
    node: 'edge-1',
    facts: { type: 'channel-failed', channel: 'sport', channelName: 'Sport', code: 'streams-failing' },
  },
  {
    id: '1-0',
    at: 1,
    node: 'worker',
    facts: { type: 'list-read', source: 'a', sourceName: 'Old', entries: 1, before: 0 },
  },
]
const STATE = {
  at: 1,
  nodes: { i: { node: 'edge-2' } },
  channels: { news: { name: 'News' } },
  sources: { a: { name: 'Provider A' } },
  notices: {},
} as unknown as LiveState

test('offers what exists now and what the events are about, each once, by its present name', () => {
  expect(choicesOf(STATE, EVENTS, {})).toEqual({
    source: [['a', 'Provider A']],
    node: [
      ['edge-1', 'edge-1'],
      ['edge-2', 'edge-2'],
      ['worker', 'worker'],
    ],
    channel: [
      ['news', 'News'],
      ['sport', 'Sport'],
    ],
  })
})

test('a chosen option stays, even if no event mentions it', () => {
  const { channel, node } = choicesOf(STATE, [], { channel: 'gone', node: '' })
  expect(channel).toEqual([
    ['gone', 'gone'],
    ['news', 'News'],
  ])
  expect(node).toEqual([['edge-2', 'edge-2']])
})
