import { expect, test } from '@jest/globals'
import type { ChannelDetails, SessionStep } from '@kptv/contract'
import { attemptsOf } from './attempts.ts'

const ofLead = (step: SessionStep['step'], at: number): SessionStep => ({
  step,
  at,
  source: null,
  stream: null,
  code: null,
})
const of = (stream: string, step: SessionStep['step'], at: number, code: string | null = null): SessionStep => ({
  step,
  at,
  source: `source of ${stream}`,
  stream,
  code,
})

function read(...nodes: ReadonlyArray<readonly SessionStep[]>) {
  const described = nodes.map((steps, index) => ({ node: `edge-${index + 1}`, plays: { steps } }))
  return attemptsOf(described as unknown as ChannelDetails['nodes']).map(({ node, at, stream, steps, code }) =>
    [node, at, stream, steps.map(({ step, afterMs }) => `${step} ${afterMs}`).join(), code].join(' | '),
  )
}

test('the steps of one stream form one attempt with the time of each; the newest attempt comes first', () => {
  const steps = [
    ofLead('lead-taken', 0),
    of('a', 'slot-taken', 4),
    of('a', 'stream-connecting', 6),
    of('a', 'stream-connected', 310),
    of('a', 'stream-failed', 320, 'not-found'),
    of('b', 'slot-taken', 330),
    of('b', 'stream-playing', 900),
  ]
  expect(read(steps)).toEqual([
    'edge-1 | 330 | b | slot-taken 0,stream-playing 570 | ',
    'edge-1 | 4 | a | slot-taken 0,stream-connecting 2,stream-connected 304,stream-failed 10 | not-found',
    'edge-1 | 0 |  | lead-taken 0 | ',
  ])
})

test('a stream being prepared while another plays does not mix with it', () => {
  const steps = [of('a', 'slot-taken', 0), of('b', 'slot-taken', 5), of('a', 'stream-playing', 9)]
  expect(read(steps)).toEqual(['edge-1 | 5 | b | slot-taken 0 | ', 'edge-1 | 0 | a | slot-taken 0,stream-playing 9 | '])
})

test('the same stream again is another attempt, even when its first steps are no longer known', () => {
  const steps = [of('a', 'stream-failed', 1, 'stalled'), of('a', 'slot-taken', 2), of('a', 'slot-taken', 3)]
  expect(read(steps, [ofLead('lead-given-up', 2.5)])).toEqual([
    'edge-1 | 3 | a | slot-taken 0 | ',
    'edge-2 | 2.5 |  | lead-given-up 0 | ',
    'edge-1 | 2 | a | slot-taken 0 | ',
    'edge-1 | 1 | a | stream-failed 0 | stalled',
  ])
})
