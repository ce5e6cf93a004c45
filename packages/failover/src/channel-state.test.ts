import { describe, expect, test } from '@jest/globals'
import { begin, type ChannelEvent, type ChannelState, next, type Step } from './channel-state.ts'
import type { Candidate, Failure, FailureKind } from './model.ts'

const limits = { maxRetries: 3, soundMs: 10_000 }

const candidates = (...names: string[]): Candidate[] =>
  names.map((name) => ({ streamId: name, sourceId: `source-of-${name}` }))

const failure = (kind: FailureKind): Failure => ({ kind, code: `test-${kind}` })

/** Plays a history and writes it down: each line is an action of the machine. */
function play(names: string[], history: (run: Run) => void): string[] {
  const run = new Run(begin(candidates(...names), limits), names)
  history(run)
  return run.lines
}

class Run {
  state: ChannelState
  lines: string[] = []
  names: string[]

  constructor(first: Step, names: string[]) {
    this.names = names
    this.state = first.state
    this.#write(first)
  }

  event(event: ChannelEvent): this {
    const step = next(this.state, event)
    this.state = step.state
    this.#write(step)
    return this
  }

  grant(): this {
    return this.event({ type: 'slot-granted', attempt: this.attempt })
  }

  refuse(because: 'full' | 'blocked' | 'unavailable'): this {
    return this.event({ type: 'slot-refused', attempt: this.attempt, because })
  }

  sound(): this {
    return this.grant().event({ type: 'media-sound', attempt: this.attempt })
  }

  fail(kind: FailureKind, playedMs = 0): this {
    const attempt = this.attempt
    return this.event({ type: 'failed', attempt, failure: failure(kind), playedMs }).event({ type: 'closed', attempt })
  }

  get attempt(): number {
    return 'attempt' in this.state ? this.state.attempt.number : -1
  }

  #write(step: Step): void {
    for (const action of step.actions) {
      const target = 'attempt' in action ? this.names[action.attempt.stream] : ''
      const detail = action.do === 'rest' ? `round ${action.round}` : action.do === 'end' ? action.end : target
      this.lines.push(`${action.do} ${detail}`)
    }
  }
}

describe('a session', () => {
  test('plays the best stream and ends when it is abandoned', () => {
    expect(
      play(['a', 'b'], (run) => run.sound().event({ type: 'abandoned' }).event({ type: 'closed', attempt: 1 })),
    ).toEqual(['reserve a', 'open a', 'note-success a', 'close a', 'end idle'])
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

  test('gives up when every stream was tried to its limit, and says why', () => {
    const lines = play(['a', 'b'], (run) => {
      for (let round = 1; round <= 3; round += 1) {
        run.grant().fail('passing').grant().fail('denied').event({ type: 'rested' })
      }
    })
    expect(lines.filter((line) => line.startsWith('open'))).toHaveLength(6)
    expect(lines.at(-1)).toBe('end streams-failing')
  })

  test('asks a stream that is gone or unplayable only once', () => {
    const lines = play(['a', 'b'], (run) => run.grant().fail('gone').grant().fail('unplayable'))
    expect(lines.at(-1)).toBe('end no-playable-stream')
  })

  test.each([
    ['full', 'end sources-full'],
    ['blocked', 'end streams-blocked'],
    ['unavailable', 'end coordination-unavailable'],
  ] as const)('answers at once when every stream is %s, without traffic to a provider', (because, end) => {
    expect(play(['a', 'b'], (run) => run.refuse(because).refuse(because))).toEqual(['reserve a', 'reserve b', end])
  })

  test('has no playable stream when the channel has none at all', () => {
    expect(play([], () => undefined)).toEqual(['end no-playable-stream'])
  })

  test('waits for a slot when it has played before', () => {
    const lines = play(['a'], (run) => run.sound().fail('passing', 2_000).event({ type: 'rested' }).refuse('full'))
    expect(lines.at(-1)).toBe('rest round 3')
  })
})

describe('the end of a stream in mid-play', () => {
  test('the same stream comes first when it played well and then ended', () => {
    const lines = play(['a', 'b'], (run) => run.grant().fail('passing').sound().fail('ended', 60_000))
    expect(lines.slice(-3)).toEqual(['note-success b', 'close b', 'reserve b'])
  })

  test('another stream comes first when it played well and then stalled, the same one last', () => {
    const lines = play(['a', 'b', 'c'], (run) => {
      run.sound().fail('passing', 60_000).grant().fail('passing').grant().fail('passing').grant()
    })
    expect(lines.filter((line) => line.startsWith('open'))).toEqual(['open a', 'open b', 'open c', 'open a'])
  })

  test('a stream that plays shortly again and again is left after its tries', () => {
    const lines = play(['a'], (run) => {
      for (let round = 1; round <= 3; round += 1) run.sound().fail('ended', 5_000).event({ type: 'rested' })
    })
    expect(lines.filter((line) => line === 'open a')).toHaveLength(3)
    expect(lines.at(-1)).toBe('end streams-failing')
  })

  test('sound playing forgives all tries', () => {
    const lines = play(['a'], (run) => {
      for (let cut = 1; cut <= 20; cut += 1) run.sound().fail('ended', 120_000)
    })
    expect(lines.filter((line) => line === 'open a')).toHaveLength(20)
    expect(lines).not.toContain('note-failure a')
    expect(lines.at(-1)).toBe('reserve a')
  })

  test('a lost slot is no fault of the stream and costs it no try', () => {
    const lines = play(['a', 'b'], (run) => run.sound().fail('withdrawn', 1_000))
    expect(lines.slice(-2)).toEqual(['close a', 'reserve a'])
  })
})

describe('order of events', () => {
  test('events of an older attempt change nothing', () => {
    const run = new Run(begin(candidates('a', 'b'), limits), ['a', 'b'])
    run.grant().fail('passing')
    const before = run.state
    run.event({ type: 'media-sound', attempt: 1 }).event({ type: 'closed', attempt: 1 })
    expect(run.state).toEqual(before)
  })

  test('a session that ends while it reserves gives back the slot that arrives late', () => {
    const lines = play(['a'], (run) => {
      run.event({ type: 'abandoned' }).event({ type: 'slot-granted', attempt: 1 }).event({ type: 'closed', attempt: 1 })
    })
    expect(lines).toEqual(['reserve a', 'close a', 'end idle'])
  })

  test('what is stopped while it closes does not begin again', () => {
    const lines = play(['a', 'b'], (run) => {
      run.grant().event({ type: 'failed', attempt: 1, failure: failure('passing'), playedMs: 0 })
      run.event({ type: 'stopped' }).event({ type: 'closed', attempt: 1 })
    })
    expect(lines.slice(-1)).toEqual(['end stopped'])
    expect(lines).not.toContain('reserve b')
  })
})
