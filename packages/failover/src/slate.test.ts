import { expect, test } from '@jest/globals'
import { candidates, limits, Run } from '../test-support/session-history.ts'
import { begin, isSlateDue } from './channel-state.ts'

const started = (names: string[], { slate = true, shared = false } = {}) =>
  new Run(begin(candidates(...names), { ...limits, slate }, shared), names)

test('is due when all streams have failed after the start, until one of them plays', () => {
  const run = started(['a', 'b']).healthy()
  expect(isSlateDue(run.state)).toBe(false)
  run.fail('passing', 5_000)
  expect(isSlateDue(run.state)).toBe(false)
  run.grant().fail('passing')
  expect(run.state.phase).toBe('resting')
  expect(isSlateDue(run.state)).toBe(true)
  run.event({ type: 'rested' }).grant()
  expect(isSlateDue(run.state)).toBe(true)
  run.event({ type: 'media-healthy', attempt: run.attempt })
  expect(isSlateDue(run.state)).toBe(false)
})

test('keeps viewers beyond the last round for every kind of failure, and starts over with all tries forgiven', () => {
  const run = started(['a', 'b']).healthy().fail('passing', 60_000)
  for (let round = 1; round <= 20; round += 1) {
    run.grant().fail('gone').grant().fail('unplayable').event({ type: 'rested' })
    expect(run.state.phase).toBe('reserving')
    expect(isSlateDue(run.state)).toBe(true)
  }
  expect(run.lines.filter((line) => line === 'open a')).toHaveLength(21)
  run.healthy()
  expect(run.state.phase).toBe('playing')
})

test('still rests longer from round to round', () => {
  const run = started(['a']).healthy().fail('passing', 60_000)
  for (let round = 1; round <= 6; round += 1) run.grant().fail('passing').event({ type: 'rested' })
  expect(run.lines.filter((line) => line.startsWith('rest')).map((line) => line.at(-1))).toEqual([
    '2',
    '3',
    '4',
    '2',
    '3',
    '4',
  ])
})

test('ends without viewers: the session ends when it is abandoned', () => {
  const run = started(['a'], { shared: true }).event({ type: 'elected' }).healthy().fail('passing', 60_000)
  run.grant().fail('passing').event({ type: 'abandoned' })
  expect(run.lines.slice(-2)).toEqual(['step-down idle', 'end idle'])
})

test('is not for viewers that have had no media: they get an error', () => {
  const run = started(['a'])
  for (let round = 1; round <= 3; round += 1) run.grant().fail('passing').event({ type: 'rested' })
  expect(run.lines.at(-1)).toBe('end streams-failing')
})

test('is shown only by the leader', () => {
  const run = started(['a'], { shared: true }).event({ type: 'elected' }).healthy().fail('passing', 60_000)
  run.grant().fail('passing')
  expect(isSlateDue(run.state)).toBe(true)
  run.event({ type: 'leadership-lost' })
  expect(isSlateDue(run.state)).toBe(false)
})

test('is not due because of failures before another node led', () => {
  const run = started(['a'], { shared: true }).event({ type: 'elected' }).healthy().fail('passing', 60_000)
  run.grant().fail('passing').event({ type: 'leadership-lost' }).event({ type: 'led-by-another' })
  run.event({ type: 'leader-silent' }).event({ type: 'elected' })
  expect(run.state.phase).toBe('reserving')
  expect(isSlateDue(run.state)).toBe(false)
})

test('ends the response after the last round when switched off', () => {
  const run = started(['a'], { slate: false }).healthy().fail('passing', 60_000)
  for (let round = 1; round <= 3; round += 1) {
    run.grant().fail('passing')
    expect(isSlateDue(run.state)).toBe(false)
    run.event({ type: 'rested' })
  }
  expect(run.lines.at(-1)).toBe('end streams-failing')
})
