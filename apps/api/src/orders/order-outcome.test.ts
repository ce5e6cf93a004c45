import { expect, test } from '@jest/globals'
import type { NodeOrder, OrderOutcome } from '@kptv/contract'
import { resultOf } from './order-outcome.ts'

const STOP: NodeOrder = { order: 'stop', channel: 'news' }
const answersOf = (...outcomes: OrderOutcome[]) =>
  outcomes.map((outcome, index) => ({
    id: 'call',
    incarnation: `i${index}`,
    node: `edge-${outcomes.length - index}`,
    reply: { outcome },
  }))

test.each<[string, OrderOutcome[], boolean, unknown]>([
  ['every node that did it is named', ['done', 'not-here', 'done'], true, { nodes: ['edge-1', 'edge-3'] }],
  ['done is done, even if another node is silent', ['done'], false, { nodes: ['edge-1'] }],
  ['the leader says why not, the others have nothing to say', ['not-here', 'not-now'], true, { refused: 'not-now' }],
  ['a leader that is alone', ['no-other-node'], false, { refused: 'no-other-node' }],
  ['no node has it', ['not-here', 'not-here'], true, { refused: 'not-in-play' }],
  ['a silent node may have it', ['not-here'], false, { refused: 'nodes-silent' }],
  ['nobody answers', [], false, { refused: 'nodes-silent' }],
])('%s', (_, outcomes, isComplete, result) => {
  expect(resultOf(STOP, { answers: answersOf(...outcomes), isComplete })).toEqual(result)
})

test.each<[NodeOrder, string]>([
  [{ order: 'end-viewer', channel: 'news', viewer: 'v' }, 'unknown-viewer'],
  [{ order: 'drain', node: 'n' }, 'unknown-node'],
  [{ order: 'move-leader', channel: 'news' }, 'not-in-play'],
])('an order about an unknown object names what is unknown', (order, refused) => {
  expect(resultOf(order, { answers: answersOf('not-here'), isComplete: true })).toEqual({ refused })
})
