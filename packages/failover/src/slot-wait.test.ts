import { describe, expect, test } from '@jest/globals'
import { candidates, failure, play } from '../test-support/session-history.ts'
import { type AccountFacts, CONSEQUENCES, explainRefusal, LATE_COUNT_MS } from './consequences.ts'
import type { FailureKind } from './model.ts'

describe('a session whose sources are full, before its first byte', () => {
  test('tries every stream, then waits for a slot, and reports that there was none when the viewer stops waiting', () => {
    const lines = play(['a', 'b'], (run) => run.refuse('full').refuse('full').event({ type: 'waited-enough' }))
    expect(lines).toEqual(['reserve a', 'reserve b', 'await-slot a b', 'end sources-full'])
  })

  test('tries all of them again when a slot may be free, the best first', () => {
    const lines = play(['a', 'b'], (run) => {
      run.refuse('full').refuse('full').event({ type: 'slot-free' }).refuse('full').healthy()
    })
    expect(lines).toEqual(['reserve a', 'reserve b', 'await-slot a b', 'reserve a', 'reserve b', 'open b'])
  })

  test('waits only if a slot can help: resting and blocked streams are left alone', () => {
    const lines = play(['a', 'b', 'c'], (run) => {
      run.refuse('blocked').refuse('full').refuse('resting').event({ type: 'slot-free' }).refuse('full')
    })
    expect(lines).toEqual(['reserve a', 'reserve b', 'reserve c', 'await-slot b', 'reserve b', 'await-slot b'])
  })

  test('tries the streams of other accounts first, and waits only when they have failed', () => {
    const lines = play(['a', 'b'], (run) => run.refuse('full').grant().fail('gone'))
    expect(lines.slice(-2)).toEqual(['note-failure b', 'await-slot a'])
  })

  test('waits while another round of a failing stream is due, and a slot wakes it earlier', () => {
    const lines = play(['a', 'b'], (run) => run.refuse('full').grant().fail('passing').event({ type: 'slot-free' }))
    expect(lines.slice(-3)).toEqual(['rest round 2', 'await-slot a patiently', 'reserve a'])
  })

  test('ends at once when its viewer leaves, without having contacted the provider', () => {
    expect(play(['a'], (run) => run.refuse('full').event({ type: 'abandoned' }))).toEqual([
      'reserve a',
      'await-slot a',
      'end idle',
    ])
  })

  test('the end of the wait comes too late for a viewer that is being served', () => {
    const lines = play(['a'], (run) => {
      run.refuse('full').event({ type: 'slot-free' }).grant().event({ type: 'waited-enough' })
    })
    expect(lines.at(-1)).toBe('open a')
  })

  test('a waiting leader that loses its place follows', () => {
    const lines = play(
      ['a'],
      (run) => run.event({ type: 'elected' }).refuse('full').event({ type: 'leadership-lost' }),
      true,
    )
    expect(lines.slice(-2)).toEqual(['step-down', 'elect'])
  })
})

describe('the queues of a session', () => {
  test('are those of the accounts that were full, not that of a missing stream', () => {
    const lines = play(['a', 'b'], (run) => run.healthy().fail('gone').refuse('full'))
    expect(lines.slice(-2)).toEqual(['rest round 2', 'await-slot b patiently'])
  })

  test.each(['blocked', 'resting', 'unavailable'] as const)('exclude that of a stream that was %s', (because) => {
    const lines = play(['a', 'b'], (run) => run.healthy().fail('gone').refuse('full'))
    const others = play(['a', 'b', 'c'], (run) => run.refuse(because).refuse('full').grant().fail('gone'))
    expect(lines.at(-1)).toBe('await-slot b patiently')
    expect(others.filter((line) => line.startsWith('await-slot'))).toEqual(['await-slot b'])
  })

  test('exclude that of a stream that failed in this round and is retried in the next', () => {
    const lines = play(['a', 'b'], (run) => run.healthy().fail('passing').refuse('full'))
    expect(lines.at(-1)).toBe('await-slot b patiently')
  })

  test('do not change when another generation of the catalogue has moved the streams', () => {
    const lines = play(['a', 'b'], (run) => {
      run
        .healthy()
        .fail('gone')
        .refuse('full')
        .event({ type: 'candidates-changed', candidates: candidates('b', 'a') })
      run.names = ['b', 'a']
      run.event({ type: 'slot-free' }).refuse('full')
    })
    expect(lines.at(-1)).toBe('await-slot b patiently')
  })
})

test('a session that has played waits for a slot, however long', () => {
  const lines = play(['a'], (run) => {
    run.healthy().fail('passing', 60_000)
    for (let round = 0; round < 50; round += 1) run.refuse('full').event({ type: 'slot-free' })
    run.refuse('full').event({ type: 'waited-enough' }).event({ type: 'rested' }).healthy()
  })
  expect(lines.at(-1)).toBe('open a')
  expect(lines).toContain('await-slot a patiently')
  expect(lines.filter((line) => line.startsWith('end'))).toEqual([])
})

describe('a provider that reports its limit as reached', () => {
  test('is contacted again when its account may be, and as often; it costs the stream no try', () => {
    const lines = play(['a'], (run) => {
      for (let refusal = 0; refusal < 6; refusal += 1) run.grant().fail('busy').event({ type: 'slot-free' })
      run.healthy()
    })
    expect(lines.filter((line) => line === 'open a')).toHaveLength(7)
    expect(lines).not.toContain('rest round 2')
  })

  test('gets no wait when it rests for longer than a viewer waits', () => {
    const lines = play(['a'], (run) => {
      const busy = { kind: 'busy', code: 'too-many-requests', retryAfterMs: 60_000 } as const
      run
        .grant()
        .event({ type: 'failed', attempt: 1, failure: busy, playedMs: 0 })
        .event({ type: 'closed', attempt: 1 })
    })
    expect(lines.at(-1)).toBe('end sources-resting')
  })

  test('comes after the streams of others', () => {
    expect(play(['a', 'b'], (run) => run.grant().fail('busy').healthy()).slice(-2)).toEqual(['reserve b', 'open b'])
  })
})

test('a session neither waits for nor retries a stream that has ended processes', () => {
  const lines = play(['a', 'b'], (run) => {
    run.refuse('quarantined').healthy().fail('passing').event({ type: 'rested' }).grant().fail('gone')
  })
  expect(lines.filter((line) => line === 'reserve a')).toHaveLength(1)
  expect(lines.at(-1)).toBe('end streams-quarantined')
})

test('a session does not wait for a stream that is blocked after its first failure', () => {
  const lines = play(['a'], (run) => run.grant().fail('passing').event({ type: 'rested' }).refuse('blocked'))
  expect(lines.at(-1)).toBe('end streams-failing')
})

test('all streams of a refused login come after the others', () => {
  const lines = play(['a', 'b', 'a'], (run) =>
    run.grant().fail('denied').grant().fail('passing').grant().fail('passing'),
  )
  expect(lines.filter((line) => line.startsWith('open'))).toEqual(['open a', 'open b', 'open a'])
})

test.each<[FailureKind, string, string]>([
  ['passing', 'next-round', 'stream'],
  ['ended', 'next-round', 'stream'],
  ['busy', 'with-a-slot', 'account'],
  ['denied', 'next-round', 'stream'],
  ['gone', 'never', 'stream'],
  ['unplayable', 'never', 'stream'],
  ['finished', 'never', 'nobody'],
  ['withdrawn', 'at-once', 'nobody'],
])('%s: tried again %s, remembered of %s', (kind, again, blames) => {
  expect(CONSEQUENCES[kind]).toMatchObject({ again, blames })
})

describe('a refusal right after another connection of the account has ended', () => {
  const facts: AccountFacts = { sinceCloseMs: 100, isFull: true }
  const forbidden = { kind: 'denied', code: 'forbidden', retryAfterMs: 5_000 } as const

  test('means that the provider counts late', () => {
    expect(explainRefusal(forbidden, facts)).toEqual({ kind: 'busy', code: 'counted-late', retryAfterMs: 5_000 })
  })

  test.each<[string, Partial<AccountFacts>]>([
    ['long after', { sinceCloseMs: LATE_COUNT_MS + 1 }],
    ['with no such connection', { sinceCloseMs: undefined }],
    ['with slots to spare', { isFull: false }],
  ])('means what it says %s', (_, other) => {
    expect(explainRefusal(forbidden, { ...facts, ...other })).toBe(forbidden)
  })

  test.each(['passing', 'gone', 'busy'] as const)('%s stays what it is', (kind) => {
    expect(explainRefusal(failure(kind), facts)).toEqual(failure(kind))
  })

  test('other reasons for refusal stay what they are', () => {
    const refused = { kind: 'denied', code: 'headers-refused' } as const
    expect(explainRefusal(refused, facts)).toBe(refused)
  })
})
