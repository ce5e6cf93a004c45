import { describe, expect, test } from '@jest/globals'
import { play, type Run } from './session-history.ts'

const shared = (names: string[], history: (run: Run) => void): string[] => play(names, history, true)

describe('a shared channel', () => {
  test('is led by the session that is elected: only then anything is reserved', () => {
    const lines = shared(['a'], (run) => run.event({ type: 'elected' }).sound())
    expect(lines).toEqual(['elect', 'unfollow', 'lead', 'reserve a', 'open a'])
  })

  test('is followed by the others: no slot, no connection', () => {
    const lines = shared(['a'], (run) => run.event({ type: 'led-by-another' }).event({ type: 'abandoned' }))
    expect(lines).toEqual(['elect', 'follow', 'unfollow', 'end idle'])
  })

  test('is taken over when its leader falls silent and the cluster agrees', () => {
    const lines = shared(['a'], (run) => {
      run.event({ type: 'led-by-another' })
      run.event({ type: 'leader-silent' }).event({ type: 'led-by-another' })
      run.event({ type: 'leader-silent' }).event({ type: 'elected' })
    })
    expect(lines).toEqual(['elect', 'follow', 'elect', 'follow', 'elect', 'unfollow', 'lead', 'reserve a'])
  })

  test('ends for followers as its leader decided', () => {
    const lines = shared(['a'], (run) => {
      run.event({ type: 'led-by-another' }).event({ type: 'leader-ended', end: 'streams-failing' })
    })
    expect(lines.slice(-2)).toEqual(['unfollow', 'end streams-failing'])
  })

  test.each(['idle', 'stopped'] as const)('is elected anew when its leader went because it was %s', (end) => {
    const lines = shared(['a'], (run) => run.event({ type: 'led-by-another' }).event({ type: 'leader-ended', end }))
    expect(lines.at(-1)).toBe('elect')
  })

  test('a leader that gives up tells the followers why', () => {
    const lines = shared(['a'], (run) => run.event({ type: 'elected' }).grant().fail('gone'))
    expect(lines.slice(-2)).toEqual(['step-down no-playable-stream', 'end no-playable-stream'])
  })

  test('a leader that loses the leadership closes its connection first, then stands for election again', () => {
    const lines = shared(['a'], (run) => {
      run.event({ type: 'elected' }).sound().event({ type: 'leadership-lost' })
      run.event({ type: 'closed', attempt: 1 }).event({ type: 'led-by-another' })
    })
    expect(lines.slice(-4)).toEqual(['close a', 'step-down', 'elect', 'follow'])
  })

  test('a leader that is elected again goes on with its stream at once: losing the leadership was no fault of the stream', () => {
    const lines = shared(['a'], (run) => {
      run.event({ type: 'elected' }).sound().event({ type: 'leadership-lost' })
      run.event({ type: 'closed', attempt: 1 }).event({ type: 'elected' })
    })
    expect(lines.slice(-3)).toEqual(['unfollow', 'lead', 'reserve a'])
  })

  test('what failed before another one led is forgiven to whoever takes over from that one', () => {
    const lines = shared(['a', 'b'], (run) => {
      run.event({ type: 'elected' }).sound().fail('passing').grant().fail('gone').event({ type: 'rested' })
      run.grant().fail('passing')
      run.event({ type: 'leadership-lost' }).event({ type: 'led-by-another' }).event({ type: 'leader-silent' })
      run.event({ type: 'elected' }).grant().fail('passing').grant()
    })
    expect(lines.slice(-7)).toEqual(['lead', 'reserve a', 'open a', 'close a', 'note-failure a', 'reserve b', 'open b'])
  })

  test('a leadership lost while everything rests needs nothing closed', () => {
    const lines = shared(['a'], (run) => {
      run.event({ type: 'elected' }).grant().fail('passing').event({ type: 'leadership-lost' })
    })
    expect(lines.slice(-2)).toEqual(['step-down', 'elect'])
  })

  test('a session that is stopped while it closes for a lost leadership ends, and does not elect', () => {
    const lines = shared(['a'], (run) => {
      run.event({ type: 'elected' }).sound().event({ type: 'stopped' }).event({ type: 'leadership-lost' })
      run.event({ type: 'closed', attempt: 1 })
    })
    expect(lines.slice(-2)).toEqual(['step-down stopped', 'end stopped'])
  })
})

describe('without Redis', () => {
  test('nothing is begun: the viewer is told', () => {
    const lines = shared(['a'], (run) => run.event({ type: 'not-elected', because: 'unavailable' }))
    expect(lines).toEqual(['elect', 'unfollow', 'end coordination-unavailable'])
  })

  test('a follower keeps its viewers and asks again', () => {
    const lines = shared(['a'], (run) => {
      run.event({ type: 'led-by-another' }).event({ type: 'leader-silent' })
      run.event({ type: 'not-elected', because: 'unavailable' }).event({ type: 'not-elected', because: 'cold' })
      run.event({ type: 'led-by-another' })
    })
    expect(lines).toEqual(['elect', 'follow', 'elect', 'elect', 'elect', 'follow'])
  })

  test('a Redis that has just come back is waited for, also before the first byte', () => {
    const lines = shared(['a'], (run) => {
      run.event({ type: 'not-elected', because: 'cold' }).event({ type: 'elected' })
    })
    expect(lines).toEqual(['elect', 'elect', 'unfollow', 'lead', 'reserve a'])
  })
})
