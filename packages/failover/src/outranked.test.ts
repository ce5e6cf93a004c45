import { describe, expect, test } from '@jest/globals'
import { candidates, limits, play, Run } from '../test-support/session-history.ts'
import { begin } from './channel-state.ts'

const outrank = (run: Run): Run => {
  const { attempt } = run
  return run.event({ type: 'outranked', attempt }).event({ type: 'closed', attempt })
}

describe('a session whose slot goes to one of higher priority', () => {
  test('closes first, then continues with another stream that has a slot', () => {
    const lines = play(['a', 'b'], (run) => outrank(run.healthy()).refuse('full').healthy())
    expect(lines.slice(-4)).toEqual(['close a', 'reserve a', 'reserve b', 'open b'])
  })

  test('ends if no other stream has one: its viewers are not kept waiting', () => {
    const lines = play(['a', 'b'], (run) => outrank(run.healthy()).refuse('full').refuse('full'))
    expect(lines.slice(-3)).toEqual(['reserve a', 'reserve b', 'end outranked'])
  })

  test('blames no stream', () => {
    const lines = play(['a'], (run) => outrank(run.healthy()).refuse('full'))
    expect(lines.some((line) => line.startsWith('note-failure'))).toBe(false)
  })

  test('waits for a slot as before while no viewer has had media', () => {
    expect(play(['a'], (run) => outrank(run.grant()).refuse('full')).at(-1)).toBe('await-slot a')
  })

  test('is treated like any other once it has played again', () => {
    const lines = play(['a', 'b'], (run) =>
      outrank(run.healthy()).refuse('full').healthy().fail('passing').refuse('full'),
    )
    expect(lines).not.toContain('end outranked')
  })

  test('takes all followers with it', () => {
    const leader = play(['a'], (run) => outrank(run.event({ type: 'elected' }).healthy()).refuse('full'), true)
    expect(leader.slice(-2)).toEqual(['step-down outranked', 'end outranked'])
    const follower = play(
      ['a'],
      (run) => run.event({ type: 'led-by-another' }).event({ type: 'leader-ended', end: 'outranked' }),
      true,
    )
    expect(follower.slice(-2)).toEqual(['unfollow', 'end outranked'])
  })

  test('gives up only the second connection while it prepares to take over', () => {
    const run = new Run(begin(candidates('a'), limits, true), ['a'])
    run.event({ type: 'led-by-another' }).event({ type: 'invited', streamId: 'a' }).grant()
    outrank(run)
    expect(run.state.phase).toBe('following')
  })
})
