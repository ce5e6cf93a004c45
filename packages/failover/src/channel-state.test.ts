import { describe, expect, test } from '@jest/globals'
import { candidates, failure, limits, play, Run } from '../test-support/session-history.ts'
import { begin, isLastResort } from './channel-state.ts'

describe('a session', () => {
  test('plays the best stream and ends when it is abandoned', () => {
    expect(
      play(['a', 'b'], (run) => run.healthy().event({ type: 'abandoned' }).event({ type: 'closed', attempt: 1 })),
    ).toEqual(['reserve a', 'open a', 'close a', 'end idle'])
  })

  test('tries every stream once without delay, then rests before the next round', () => {
    expect(play(['a', 'b'], (run) => run.grant().fail('passing').grant().fail('passing'))).toEqual([
      'reserve a',
      'open a',
      'close a',
      'note-failure a',
      'reserve b',
      'open b',
      'close b',
      'note-failure b',
      'rest round 2',
    ])
  })

  test('tries the last stream of a round as a last resort, after all others', () => {
    const run = new Run(begin(candidates('a', 'b'), limits, false), ['a', 'b'])
    expect(isLastResort(run.grant().state)).toBe(false)
    expect(isLastResort(run.fail('passing').state)).toBe(false)
    expect(isLastResort(run.grant().state)).toBe(true)
  })

  test('gives up when every stream has been tried to its limit, and says why', () => {
    const lines = play(['a', 'b'], (run) => {
      for (let round = 1; round <= 3; round += 1) {
        run.grant().fail('passing').grant().fail('denied').event({ type: 'rested' })
      }
    })
    expect(lines.filter((line) => line.startsWith('open'))).toHaveLength(6)
    expect(lines.at(-1)).toBe('end streams-failing')
  })

  test('tries a stream that is gone or unplayable only once', () => {
    const lines = play(['a', 'b'], (run) => run.grant().fail('gone').grant().fail('unplayable'))
    expect(lines.at(-1)).toBe('end no-playable-stream')
  })

  test.each([
    ['resting', 'end sources-resting'],
    ['blocked', 'end streams-blocked'],
    ['quarantined', 'end streams-quarantined'],
    ['unavailable', 'end coordination-unavailable'],
  ] as const)('answers at once when every stream is %s, without traffic to a provider', (because, end) => {
    expect(play(['a', 'b'], (run) => run.refuse(because).refuse(because))).toEqual(['reserve a', 'reserve b', end])
  })

  test('has no playable stream when the channel has none at all', () => {
    expect(play([], () => undefined)).toEqual(['end no-playable-stream'])
  })

  test.each(['full', 'resting', 'unavailable', 'blocked'] as const)(
    'waits for a stream that is %s, however long, once it has played',
    (because) => {
      const lines = play(['a', 'b'], (run) => {
        run.healthy().fail('gone', 2_000)
        for (let round = 0; round < 20; round += 1) run.refuse(because).event({ type: 'rested' })
        run.healthy()
      })
      expect(lines.at(-1)).toBe('open b')
      expect(lines.filter((line) => line.startsWith('end'))).toEqual([])
    },
  )

  test('reports to all nodes that a stream is healthy only after it has played for a while', () => {
    const lines = play(['a'], (run) => run.healthy().event({ type: 'proved', attempt: 1 }))
    expect(lines.slice(-2)).toEqual(['open a', 'note-success a'])
  })
})

describe('the end of a stream during playback', () => {
  test('tries the same stream first when it played well and then ended', () => {
    const lines = play(['a', 'b'], (run) => run.grant().fail('passing').healthy().fail('ended', 60_000))
    expect(lines.slice(-3)).toEqual(['open b', 'close b', 'reserve b'])
  })

  test('tries another stream first when it played well and then stalled, and the same one last', () => {
    const lines = play(['a', 'b', 'c'], (run) => {
      run.healthy().fail('passing', 60_000).grant().fail('passing').grant().fail('passing').grant()
    })
    expect(lines.filter((line) => line.startsWith('open'))).toEqual(['open a', 'open b', 'open c', 'open a'])
  })

  test('leaves a stream that keeps playing briefly once its tries are used up', () => {
    const lines = play(['a'], (run) => {
      for (let round = 1; round <= 3; round += 1) run.healthy().fail('ended', 5_000).event({ type: 'rested' })
    })
    expect(lines.filter((line) => line === 'open a')).toHaveLength(3)
    expect(lines.at(-1)).toBe('end streams-failing')
  })

  test('forgives all tries after stable playback', () => {
    const lines = play(['a'], (run) => {
      for (let cut = 1; cut <= 20; cut += 1) run.healthy().fail('ended', 120_000)
    })
    expect(lines.filter((line) => line === 'open a')).toHaveLength(20)
    expect(lines).not.toContain('note-failure a')
    expect(lines.at(-1)).toBe('reserve a')
  })

  test("a lost slot is not the stream's fault and costs it no try", () => {
    const lines = play(['a', 'b'], (run) => run.healthy().fail('withdrawn', 1_000))
    expect(lines.slice(-2)).toEqual(['close a', 'reserve a'])
  })
})

describe('order of events', () => {
  test('events of an older attempt change nothing', () => {
    const run = new Run(begin(candidates('a', 'b'), limits), ['a', 'b'])
    run.grant().fail('passing')
    const before = run.state
    run.event({ type: 'media-healthy', attempt: 1 }).event({ type: 'closed', attempt: 1 })
    expect(run.state).toEqual(before)
  })

  test('a session that ends while it reserves returns the slot that arrives late', () => {
    const lines = play(['a'], (run) => {
      run.event({ type: 'abandoned' }).event({ type: 'slot-granted', attempt: 1 }).event({ type: 'closed', attempt: 1 })
    })
    expect(lines).toEqual(['reserve a', 'close a', 'end idle'])
  })

  test('a session stopped while it closes does not start again', () => {
    const lines = play(['a', 'b'], (run) => {
      run.grant().event({ type: 'failed', attempt: 1, failure: failure('passing'), playedMs: 0 })
      run.event({ type: 'stopped' }).event({ type: 'closed', attempt: 1 })
    })
    expect(lines.slice(-1)).toEqual(['end stopped'])
    expect(lines).not.toContain('reserve b')
  })
})

describe('a catalogue that changes', () => {
  const history = (change: string[]) => {
    const run = new Run(begin(candidates('a', 'b'), limits), ['a', 'b'])
    run.healthy().event({ type: 'candidates-changed', candidates: candidates(...change) })
    run.names = 'attempt' in run.state ? run.state.ledger.candidates.map(({ streamId }) => streamId) : []
    return run
  }

  test('interrupts nothing', () => {
    const run = history(['c', 'a'])
    expect(run.state.phase).toBe('playing')
    expect(run.lines).toEqual(['reserve a', 'open a'])
  })

  test('offers the new streams, in order, at the next choice', () => {
    expect(history(['c', 'a']).fail('gone').lines.at(-1)).toBe('reserve c')
  })

  test('keeps a playing stream that has left the catalogue, and forgets it afterwards', () => {
    const run = history(['c']).fail('gone')
    expect(run.lines.slice(-3)).toEqual(['close a', 'note-failure a', 'reserve c'])
  })
})
