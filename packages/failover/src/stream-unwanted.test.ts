import { describe, expect, test } from '@jest/globals'
import { candidates, limits, play, Run } from '../test-support/session-history.ts'
import { begin } from './channel-state.ts'

const leave = (run: Run): Run => {
  const { attempt } = run
  return run.event({ type: 'stream-unwanted' }).event({ type: 'closed', attempt })
}
const opened = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith('open'))

describe('a person who wants another stream', () => {
  test('gets the next one each time, and after the last the first, without blaming any', () => {
    const lines = play(['a', 'b', 'c'], (run) => {
      for (const _ of ['a', 'b', 'c']) leave(run.healthy())
      run.grant()
    })
    expect(opened(lines)).toEqual(['open a', 'open b', 'open c', 'open a'])
    expect(lines.some((line) => line.startsWith('note-failure') || line.startsWith('rest'))).toBe(false)
  })

  test('gets the previous one back at once when the next has no slot', () => {
    const lines = play(['a', 'b'], (run) => leave(run.healthy()).refuse('full'))
    expect(lines.slice(-3)).toEqual(['close a', 'reserve b', 'reserve a'])
  })

  test('skips a missing stream', () => {
    const lines = play(['a', 'b', 'c'], (run) => {
      run.grant().fail('gone')
      leave(leave(run.healthy()).healthy()).grant()
    })
    expect(opened(lines)).toEqual(['open a', 'open b', 'open c', 'open b'])
  })

  test('has the only stream reconnected', () => {
    const lines = play(['a'], (run) => leave(run.healthy()).grant())
    expect(lines.slice(-3)).toEqual(['close a', 'reserve a', 'open a'])
  })

  test('may do so even while the stream is being opened', () => {
    expect(play(['a', 'b'], (run) => leave(run.grant())).at(-1)).toBe('reserve b')
  })

  test('changes nothing while a slot is awaited, or another node leads', () => {
    const waiting = new Run(begin(candidates('a'), limits), ['a']).refuse('full')
    const following = new Run(begin(candidates('a'), limits, true), ['a']).event({ type: 'led-by-another' })
    for (const run of [waiting, following]) {
      const { state, lines } = run
      const before = [...lines]
      run.event({ type: 'stream-unwanted' })
      expect(run.state).toBe(state)
      expect(run.lines).toEqual(before)
    }
  })
})
