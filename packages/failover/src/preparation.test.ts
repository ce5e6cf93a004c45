import { describe, expect, test } from '@jest/globals'
import { play, type Run } from '../test-support/session-history.ts'
import { isEnding } from './channel-state.ts'

const shared = (names: string[], history: (run: Run) => void): string[] => play(names, history, true)
const following = (run: Run): Run => run.event({ type: 'led-by-another' })
const invited = (run: Run, streamId?: string): Run => following(run).event({ type: 'invited', streamId })
const ready = (run: Run): Run => run.event({ type: 'ready', attempt: run.attempt })
const closed = (run: Run): Run => run.event({ type: 'closed', attempt: run.attempt })

describe('a leader that drains', () => {
  test('keeps playing until another node leads', () => {
    const lines = shared(['a'], (run) => {
      run.event({ type: 'elected' }).healthy().event({ type: 'hand-over' })
      expect(run.state.phase).toBe('offering')
      run.event({ type: 'leadership-lost' }).event({ type: 'closed', attempt: 1 }).event({ type: 'led-by-another' })
    })
    expect(lines.slice(-6)).toEqual(['yield', 'offer', 'close a', 'step-down', 'elect', 'follow'])
  })

  test.each<[string, (run: Run) => unknown]>([
    ['no node can take over', (run) => run.event({ type: 'offer-failed' })],
    [
      'steps down when its stream fails meanwhile',
      (run) => run.event({ type: 'failed', attempt: 1, failure: { kind: 'ended', code: 'x' }, playedMs: 1 }),
    ],
  ])('closes first when %s', (_, happens) => {
    const lines = shared(['a'], (run) => {
      run.event({ type: 'elected' }).healthy().event({ type: 'hand-over' })
      happens(run)
      closed(run)
    })
    expect(lines.slice(-5)).toEqual(['yield', 'offer', 'close a', 'step-down', 'elect'])
  })

  test('offers to the next node at once when the named one drains too', () => {
    const lines = shared(['a'], (run) => {
      run.event({ type: 'elected' }).healthy().event({ type: 'hand-over' }).event({ type: 'offer-declined' })
      expect(run.state.phase).toBe('offering')
    })
    expect(lines.slice(-3)).toEqual(['yield', 'offer', 'offer'])
  })

  test('keeps playing when all others drain too, and offers again on request', () => {
    const lines = shared(['a'], (run) => {
      run.event({ type: 'elected' }).healthy().event({ type: 'hand-over' }).event({ type: 'no-successor' })
      expect(run.state.phase).toBe('playing')
      run.event({ type: 'offer-declined' }).event({ type: 'no-successor' }).event({ type: 'hand-over' })
    })
    expect(lines.slice(-5)).toEqual(['yield', 'offer', 'unfollow', 'yield', 'offer'])
  })

  test('has nothing to offer before it plays', () => {
    const lines = shared(['a'], (run) => {
      run.event({ type: 'elected' }).grant().event({ type: 'hand-over' })
      closed(run)
    })
    expect(lines.slice(-4)).toEqual(['yield', 'close a', 'step-down', 'elect'])
  })

  test('an end during an offer ends it', () => {
    const lines = shared(['a'], (run) => {
      run.event({ type: 'elected' }).healthy().event({ type: 'hand-over' }).event({ type: 'stopped' })
      closed(run)
    })
    expect(lines.slice(-3)).toEqual(['close a', 'step-down stopped', 'end stopped'])
  })
})

describe('a follower that is asked to take over', () => {
  test('takes its own slot, connects, and claims only when it could go on', () => {
    const lines = shared(['a'], (run) => ready(invited(run).grant()).event({ type: 'elected' }))
    expect(lines.slice(2)).toEqual(['reserve a', 'prepare a', 'elect', 'unfollow', 'lead', 'take-over a'])
  })

  test('prefers the stream that the leader plays, and requests slots for others when that has none', () => {
    const lines = shared(['a', 'b', 'c'], (run) => invited(run, 'b').refuse('full').refuse('full').grant())
    expect(lines.slice(2)).toEqual(['reserve b', 'reserve a', 'reserve c', 'prepare c'])
  })

  test('keeps following when no slot is spare', () => {
    const lines = shared(['a'], (run) => {
      invited(run).refuse('full')
      expect(run.state.phase).toBe('following')
    })
    expect(lines.slice(2)).toEqual(['reserve a'])
  })

  test.each<[string, (run: Run) => unknown]>([
    [
      'the connection fails',
      (run) => run.event({ type: 'failed', attempt: 1, failure: { kind: 'busy', code: 'x' }, playedMs: 0 }),
    ],
    ['it takes too long', (run) => run.event({ type: 'invitation-over' })],
    ['this node drains too', (run) => run.event({ type: 'hand-over' })],
    ['another node was faster', (run) => ready(run).event({ type: 'led-by-another' })],
    ['Redis is away', (run) => ready(run).event({ type: 'not-elected', because: 'unavailable' })],
  ])('closes the prepared connection and keeps following when %s', (_, happens) => {
    const lines = shared(['a'], (run) => {
      happens(invited(run).grant())
      expect(run.state.phase).toBe('withdrawing')
      closed(run)
      expect(run.state.phase).toBe('following')
    })
    expect(lines.at(-1)).toBe('close a')
  })

  test('declines when it drains itself, and only then', () => {
    const lines = shared(['a'], (run) => void invited(run).grant().event({ type: 'hand-over' }))
    expect(lines.slice(-2)).toEqual(['decline', 'close a'])
    const late = shared(['a'], (run) => void invited(run).grant().event({ type: 'invitation-over' }))
    expect(late).not.toContain('decline')
  })

  test('closes first when the leader dies meanwhile, and is elected as usual', () => {
    const lines = shared(['a'], (run) => closed(invited(run).grant().event({ type: 'leader-silent' })))
    expect(lines.slice(2)).toEqual(['reserve a', 'prepare a', 'close a', 'elect'])
  })

  test("obeys the leader's final message", () => {
    const lines = shared(['a'], (run) =>
      closed(invited(run).grant().event({ type: 'leader-ended', end: 'streams-failing' })),
    )
    expect(lines.slice(-2)).toEqual(['close a', 'elect'])
  })

  test('is not held back by silence once it claims', () => {
    const lines = shared(['a'], (run) => {
      ready(invited(run).grant())
        .event({ type: 'leader-silent' })
        .event({ type: 'invitation-over' })
        .event({ type: 'elected' })
    })
    expect(lines.at(-1)).toBe('take-over a')
  })

  test('a claim granted after it had withdrawn is not forgotten: it leads', () => {
    const lines = shared(['a'], (run) => {
      ready(invited(run).grant()).event({ type: 'hand-over' }).event({ type: 'elected' })
      closed(run)
    })
    expect(lines.slice(-4)).toEqual(['close a', 'unfollow', 'lead', 'reserve a'])
    const late = shared(['a'], (run) => {
      closed(ready(invited(run).grant()).event({ type: 'hand-over' }))
      run.event({ type: 'elected' })
    })
    expect(late.slice(-3)).toEqual(['unfollow', 'lead', 'reserve a'])
  })

  test('ends normally when its viewers leave', () => {
    const lines = shared(['a'], (run) => {
      invited(run).grant().event({ type: 'abandoned' })
      // A new viewer needs a new session from now on.
      expect(isEnding(run.state)).toBe(true)
      closed(run)
    })
    expect(lines.slice(-3)).toEqual(['close a', 'unfollow', 'end idle'])
  })
})
