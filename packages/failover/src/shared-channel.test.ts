import { describe, expect, test } from '@jest/globals'
import { candidates, limits, play, Run } from '../test-support/session-history.ts'
import { begin } from './channel-state.ts'

const shared = (names: string[], history: (run: Run) => void): string[] => play(names, history, true)

describe('a shared channel', () => {
  test('is led by the elected session: nothing is reserved before', () => {
    const lines = shared(['a'], (run) => run.event({ type: 'elected' }).healthy())
    expect(lines).toEqual(['elect', 'unfollow', 'lead', 'reserve a', 'open a'])
  })

  test('is followed by the others without slot or connection', () => {
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

  test.each(['idle', 'stopped'] as const)('gets a new election when its leader left because it was %s', (end) => {
    const lines = shared(['a'], (run) => run.event({ type: 'led-by-another' }).event({ type: 'leader-ended', end }))
    expect(lines.at(-1)).toBe('elect')
  })

  test('a leader that loses the leadership closes its connection first, then stands for election again', () => {
    const lines = shared(['a'], (run) => {
      run.event({ type: 'elected' }).healthy().event({ type: 'leadership-lost' })
      run.event({ type: 'closed', attempt: 1 }).event({ type: 'led-by-another' })
    })
    expect(lines.slice(-4)).toEqual(['close a', 'step-down', 'elect', 'follow'])
  })

  test("a re-elected leader resumes its stream at once: losing the leadership was not the stream's fault", () => {
    const lines = shared(['a'], (run) => {
      run.event({ type: 'elected' }).healthy().event({ type: 'leadership-lost' })
      run.event({ type: 'closed', attempt: 1 }).event({ type: 'elected' })
    })
    expect(lines.slice(-3)).toEqual(['unfollow', 'lead', 'reserve a'])
  })

  test('a node that takes over from another leader forgives its own earlier failures', () => {
    const lines = shared(['a', 'b'], (run) => {
      run.event({ type: 'elected' }).healthy().fail('passing').grant().fail('gone').event({ type: 'rested' })
      run.grant().fail('passing')
      run.event({ type: 'leadership-lost' }).event({ type: 'led-by-another' }).event({ type: 'leader-silent' })
      run.event({ type: 'elected' }).grant().fail('passing').grant()
    })
    expect(lines.slice(-7)).toEqual(['lead', 'reserve a', 'open a', 'close a', 'note-failure a', 'reserve b', 'open b'])
  })

  test('a leadership lost while everything rests leaves nothing to close', () => {
    const lines = shared(['a'], (run) => {
      run.event({ type: 'elected' }).grant().fail('passing').event({ type: 'leadership-lost' })
    })
    expect(lines.slice(-2)).toEqual(['step-down', 'elect'])
  })

  test('a session that is stopped while it closes for a lost leadership ends, and does not elect', () => {
    const lines = shared(['a'], (run) => {
      run.event({ type: 'elected' }).healthy().event({ type: 'stopped' }).event({ type: 'leadership-lost' })
      run.event({ type: 'closed', attempt: 1 })
    })
    expect(lines.slice(-2)).toEqual(['step-down stopped', 'end stopped'])
  })
})

const unreached = (run: Run): Run => run.grant().fail('unreached')

describe('a leader without a stream', () => {
  test('ends its viewers only when no other node can play, and says why', () => {
    const lines = shared(['a'], (run) =>
      run.event({ type: 'elected' }).grant().fail('gone').event({ type: 'nobody-else' }),
    )
    expect(lines.slice(-3)).toEqual(['consult', 'step-down no-playable-stream', 'end no-playable-stream'])
  })

  test('keeps viewers that have had media while Redis is away, and ends the others', () => {
    const consult = (play: (run: Run) => Run) =>
      shared(['a'], (run) => play(run.event({ type: 'elected' })).event({ type: 'others-unknown' })).at(-1)
    expect(consult((run) => run.healthy().fail('gone', 0))).toMatch(/^rest/)
    expect(consult((run) => run.grant().fail('gone'))).toBe('end no-playable-stream')
  })

  test('lets others try: it steps down with its reason, and follows', () => {
    const lines = shared(['a'], (run) => {
      run.event({ type: 'elected' }).grant().fail('gone').event({ type: 'others-may-try' })
    })
    expect(lines.slice(-3)).toEqual(['consult', 'step-down no-playable-stream', 'follow'])
  })

  test('lets them try after one round if its own route may be the reason, and not after a round that proves something', () => {
    const play = (run: Run): Run => run.event({ type: 'elected' }).healthy().fail('ended', 60_000)
    const doubtful = shared(['a', 'b'], (run) => unreached(unreached(play(run))))
    const proven = shared(['a', 'b'], (run) => unreached(play(run)).grant().fail('passing'))
    expect(doubtful.at(-1)).toBe('consult')
    expect(proven.at(-1)).toBe('rest round 2')
  })

  test('continues to its limit when there is no other node', () => {
    const lines = shared(['a'], (run) => {
      unreached(run.event({ type: 'elected' }).healthy().fail('ended', 60_000)).event({ type: 'nobody-else' })
    })
    expect(lines.slice(-2)).toEqual(['consult', 'rest round 2'])
  })

  test('continues with streams it has not tried when no other node takes over', () => {
    const lines = shared(['a'], (run) => {
      unreached(run.event({ type: 'elected' }).healthy().fail('ended', 60_000)).event({ type: 'others-may-try' })
      run.event({ type: 'leader-silent' }).event({ type: 'not-elected', because: 'cold' })
      run.event({ type: 'not-elected', because: 'spent' }).event({ type: 'elected' })
    })
    expect(lines.slice(-6)).toEqual(['elect', 'elect', 'elect', 'unfollow', 'lead', 'consult'])
  })

  test('ends when every node has tried in vain', () => {
    const lines = shared(['a'], (run) => {
      unreached(run.event({ type: 'elected' }).healthy().fail('ended', 60_000)).event({ type: 'others-may-try' })
      run.event({ type: 'leader-ended', end: 'streams-failing' }).event({ type: 'not-elected', because: 'spent' })
    })
    expect(lines.slice(-3)).toEqual(['elect', 'unfollow', 'end streams-failing'])
  })

  test.each([
    ['keeps viewers that have had media', true, 'reserve a'],
    ['ends requests that wait for media', false, 'end sources-full'],
  ])('%s when every node has tried, the last one lacking only a slot', (_, hasViewers, last) => {
    const lines = shared(['a'], (run) => {
      unreached(run.event({ type: 'elected' }).healthy().fail('ended', 60_000)).event({ type: 'others-may-try' })
      run.event({ type: 'leader-ended', end: 'sources-full' })
      run.event({ type: 'not-elected', because: 'spent', hasViewers }).event({ type: 'elected' })
    })
    expect(lines.at(-1)).toBe(last)
  })

  test('starts over when the node that took over has played and left', () => {
    const lines = shared(['a'], (run) => {
      run.event({ type: 'elected' }).grant().fail('gone').event({ type: 'others-may-try' })
      run.event({ type: 'leader-silent' }).event({ type: 'elected' })
    })
    expect(lines.slice(-2)).toEqual(['lead', 'reserve a'])
  })

  test.each(['abandoned', 'stopped', 'leadership-lost', 'hand-over'] as const)('%s while it consults', (type) => {
    const lines = shared(['a'], (run) => {
      run.event({ type: 'elected' }).grant().fail('gone').event({ type }).event({ type: 'nobody-else' })
    })
    const last = {
      abandoned: ['step-down idle', 'end idle'],
      stopped: ['step-down stopped', 'end stopped'],
      'leadership-lost': ['step-down', 'elect'],
      'hand-over': ['yield', 'step-down', 'elect'],
    }[type]
    expect(lines.slice(-last.length)).toEqual(last)
  })
})

describe('a follower whose leader found no stream', () => {
  const relieving = (run: Run): Run =>
    run.event({ type: 'led-by-another' }).event({ type: 'leader-ended', end: 'streams-failing' })

  test('tries its own streams', () => {
    const lines = shared(['a'], (run) => relieving(run).event({ type: 'elected' }))
    expect(lines.slice(-4)).toEqual(['elect', 'unfollow', 'lead', 'reserve a'])
  })

  test('tries each stream once, then lets the next node try', () => {
    const lines = shared(['a', 'b'], (run) => {
      relieving(run).event({ type: 'elected' }).grant().fail('passing').grant().fail('passing')
    })
    expect(lines.at(-1)).toBe('consult')
  })

  test('continues to its limit when it is the last node', () => {
    const lines = shared(['a'], (run) => {
      relieving(run).event({ type: 'elected' }).grant().fail('passing').event({ type: 'nobody-else' })
    })
    expect(lines.at(-1)).toBe('rest round 2')
  })

  test('follows any other elected node, and still knows why it may end', () => {
    const lines = shared(['a'], (run) => {
      relieving(run).event({ type: 'led-by-another' }).event({ type: 'leader-silent' })
      run.event({ type: 'not-elected', because: 'spent' })
    })
    expect(lines.slice(-2)).toEqual(['unfollow', 'end streams-failing'])
  })

  test('keeps its viewers with a slate, and keeps trying', () => {
    const run = new Run(begin(candidates('a'), { ...limits, slate: true }, true), ['a'])
    relieving(run).event({ type: 'not-elected', because: 'spent' }).event({ type: 'elected' })
    expect(run.lines.slice(-4)).toEqual(['elect', 'unfollow', 'lead', 'reserve a'])
  })
})

describe('without Redis', () => {
  test('starts nothing: the viewer gets an error', () => {
    const lines = shared(['a'], (run) => run.event({ type: 'not-elected', because: 'unavailable' }))
    expect(lines).toEqual(['elect', 'unfollow', 'end coordination-unavailable'])
  })

  test('a follower keeps its viewers and tries again', () => {
    const lines = shared(['a'], (run) => {
      run.event({ type: 'led-by-another' }).event({ type: 'leader-silent' })
      run.event({ type: 'not-elected', because: 'unavailable' }).event({ type: 'not-elected', because: 'cold' })
      run.event({ type: 'led-by-another' })
    })
    expect(lines).toEqual(['elect', 'follow', 'elect', 'elect', 'elect', 'follow'])
  })

  test('waits for a Redis that has just returned, even before the first byte', () => {
    const lines = shared(['a'], (run) => {
      run.event({ type: 'not-elected', because: 'cold' }).event({ type: 'elected' })
    })
    expect(lines).toEqual(['elect', 'elect', 'unfollow', 'lead', 'reserve a'])
  })
})
