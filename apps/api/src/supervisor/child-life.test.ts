import { describe, expect, test } from '@jest/globals'
import { beginLife, CHILD_TIMES, type ChildAction, type ChildEvent, type ChildLife, nextLife } from './child-life.ts'

const killAfterMs = 3_000
const { loadMs, firstRestMs, longestRestMs, stableMs } = CHILD_TIMES

type Happening = readonly [atMs: number, event: ChildEvent]

const beat = (incarnation?: string): ChildEvent => ({ kind: 'beat', incarnation, serves: incarnation !== undefined })
const look: ChildEvent = { kind: 'look', sinceLastMs: 100 }
const drain: ChildEvent = { kind: 'order', order: 'drain', withinMs: 30_000 }
const end: ChildEvent = { kind: 'order', order: 'end', withinMs: 5_000 }
const exit = (code: number): ChildEvent => ({ kind: 'exit', code, signal: null })
const died = (signal: NodeJS.Signals): ChildEvent => ({ kind: 'exit', code: null, signal })

/** A life that begins at 0, and what it did. */
function live(...happenings: Happening[]): { life: ChildLife; did: string[] } {
  let { life, actions } = beginLife(0, killAfterMs)
  const did = actions.map(tell)
  for (const [atMs, event] of happenings) {
    ;({ life, actions } = nextLife(life, event, atMs))
    did.push(...actions.map((action) => `${atMs} ${tell(action)}`))
  }
  return { life, did }
}

function tell(action: ChildAction): string {
  switch (action.kind) {
    case 'fork':
      return 'fork'
    case 'signal':
      return action.signal
    case 'kill':
      return `kill ${action.because}`
    case 'tombstone':
      return `tombstone ${action.incarnations.join('+')}: ${action.reason}`
  }
}

describe('a child that is silent', () => {
  test.each<[string, Happening[], string[]]>([
    [
      'for 3 s is killed',
      [
        [1, beat('a')],
        [killAfterMs, look],
        [1 + killAfterMs, look],
      ],
      ['fork', '3001 kill silent'],
    ],
    [
      'is killed once',
      [
        [1, beat('a')],
        [4_000, look],
        [4_100, look],
      ],
      ['fork', '4000 kill silent'],
    ],
    [
      'not for so long is left alone',
      [
        [1, beat('a')],
        [2_900, beat('a')],
        [5_800, look],
      ],
      ['fork'],
    ],
    [
      'is killed also while it drains',
      [
        [1, beat('a')],
        [2, drain],
        [3_001, look],
      ],
      ['fork', '2 SIGTERM', '3001 kill silent'],
    ],
    ['may take its time to load', [[loadMs - 1, look]], ['fork']],
    ['is killed when it never gets loaded', [[loadMs, look]], ['fork', '30000 kill silent']],
    [
      'holds nothing yet but must beat all the same',
      [
        [1, beat()],
        [3_001, look],
      ],
      ['fork', '3001 kill silent'],
    ],
  ])('%s', (_, happenings, did) => {
    expect(live(...happenings).did).toEqual(did)
  })

  test('is forgiven what a frozen supervisor could not hear', () => {
    const overslept: ChildEvent = { kind: 'look', sinceLastMs: 10_000 }
    expect(live([1, beat('a')], [10_000, overslept], [12_999, look]).did).toEqual(['fork'])
    expect(live([1, beat('a')], [10_000, overslept], [13_000, look]).did).toEqual(['fork', '13000 kill silent'])
  })
})

describe('the tombstone', () => {
  test.each<[string, Happening[], string[]]>([
    [
      'names the signal',
      [
        [1, beat('a')],
        [9, died('SIGKILL')],
      ],
      ['9 tombstone a: signal SIGKILL'],
    ],
    [
      'names the exit code',
      [
        [1, beat('a')],
        [9, exit(1)],
      ],
      ['9 tombstone a: exit 1'],
    ],
    [
      'covers earlier ids',
      [
        [1, beat('a')],
        [2, beat('b')],
        [3, beat('b')],
        [9, exit(1)],
      ],
      ['9 tombstone a+b: exit 1'],
    ],
    [
      'is not needed after an end in order',
      [
        [1, beat('a')],
        [9, exit(0)],
      ],
      [],
    ],
    [
      'is not needed by a process that held nothing',
      [
        [1, beat()],
        [9, died('SIGSEGV')],
      ],
      [],
    ],
    [
      'comes after the exit, not with the kill',
      [
        [1, beat('a')],
        [3_001, look],
      ],
      ['3001 kill silent'],
    ],
    [
      'is written in a drain as well',
      [
        [1, beat('a')],
        [2, drain],
        [9, exit(1)],
      ],
      ['2 SIGTERM', '9 tombstone a: exit 1'],
    ],
  ])('%s', (_, happenings, did) => {
    expect(live(...happenings).did.slice(1)).toEqual(did)
  })
})

describe('the restart', () => {
  test('comes after a rest, in which looking is all that counts', () => {
    const { life, did } = live([1, beat('a')], [100, died('SIGKILL')], [100 + firstRestMs - 1, look])
    expect(did.slice(1)).toEqual(['100 tombstone a: signal SIGKILL'])
    expect(life).toMatchObject({ phase: 'resting', wakesAtMs: 100 + firstRestMs })
    expect(nextLife(life, look, 100 + firstRestMs).actions).toEqual([{ kind: 'fork' }])
  })

  test('rests are doubled up to the longest, and a stable life begins anew', () => {
    let { life } = beginLife(0, killAfterMs)
    const rests: number[] = []
    let atMs = 0
    const crashAfter = (livedMs: number): void => {
      life = nextLife(life, beat('a'), atMs).life
      atMs += livedMs
      life = nextLife(life, exit(1), atMs).life
      if (life.phase !== 'resting') throw new Error(life.phase)
      rests.push(life.wakesAtMs - atMs)
      atMs = life.wakesAtMs
      life = nextLife(life, look, atMs).life
    }
    for (let count = 0; count < 7; count += 1) crashAfter(10)
    crashAfter(stableMs)
    crashAfter(10)
    expect(rests).toEqual([500, 1_000, 2_000, 4_000, 8_000, longestRestMs, longestRestMs, 500, 1_000])
  })

  test('a new process knows nothing of the ids of the one before', () => {
    const { did } = live([1, beat('a')], [2, exit(1)], [502, look], [503, beat('b')], [504, exit(1)])
    expect(did.at(-1)).toBe('504 tombstone b: exit 1')
  })

  test.each<[string, Happening[], string]>([
    [
      'is not tried when it could not even start',
      [
        [1, beat()],
        [9, exit(1)],
      ],
      'gone',
    ],
    [
      'is tried when it could start before',
      [
        [1, beat('a')],
        [9, exit(1)],
        [509, look],
        [600, exit(1)],
      ],
      'resting',
    ],
    [
      'is tried when somebody killed it while it started',
      [
        [1, beat()],
        [9, died('SIGKILL')],
      ],
      'resting',
    ],
    [
      'is tried after an end in order that nobody here ordered',
      [
        [1, beat('a')],
        [9, exit(0)],
      ],
      'resting',
    ],
  ])('%s', (_, happenings, phase) => {
    expect(live(...happenings).life.phase).toBe(phase)
  })
})

describe('orders', () => {
  test.each<[string, Happening[], string[], ChildLife]>([
    [
      'drain',
      [
        [1, drain],
        [9, exit(0)],
      ],
      ['1 SIGTERM'],
      { phase: 'gone', failed: false },
    ],
    [
      'drain again is one order',
      [
        [1, drain],
        [2, drain],
        [9, exit(0)],
      ],
      ['1 SIGTERM'],
      { phase: 'gone', failed: false },
    ],
    [
      'end',
      [
        [1, end],
        [9, exit(0)],
      ],
      ['1 SIGINT'],
      { phase: 'gone', failed: false },
    ],
    [
      'end in a drain',
      [
        [1, drain],
        [2, end],
        [9, exit(0)],
      ],
      ['1 SIGTERM', '2 SIGINT'],
      { phase: 'gone', failed: false },
    ],
    [
      'drain after end changes nothing',
      [
        [1, end],
        [2, drain],
        [9, exit(0)],
      ],
      ['1 SIGINT'],
      { phase: 'gone', failed: false },
    ],
    [
      'a failure in the end is told',
      [
        [1, drain],
        [9, exit(1)],
      ],
      ['1 SIGTERM'],
      { phase: 'gone', failed: true },
    ],
    [
      'ended by the signal itself',
      [
        [1, drain],
        [9, died('SIGTERM')],
      ],
      ['1 SIGTERM'],
      { phase: 'gone', failed: false },
    ],
    [
      'in the rest there is nothing to end',
      [
        [1, beat()],
        [2, died('SIGKILL')],
        [3, end],
      ],
      [],
      { phase: 'gone', failed: false },
    ],
  ])('%s', (_, happenings, did, life) => {
    expect(live(...happenings)).toEqual({ life, did: ['fork', ...did] })
  })

  test('what is not carried out in time is carried out by force, and that is a failure', () => {
    const { life, did } = live([1, beat('a')], [2, end], [4_900, beat('a')], [5_002, look], [5_010, died('SIGKILL')])
    expect(did).toEqual(['fork', '2 SIGINT', '5002 kill late', '5010 tombstone a: signal SIGKILL'])
    expect(life).toEqual({ phase: 'gone', failed: true })
  })

  test('an order to one that is being killed only prevents its restart', () => {
    expect(live([1, beat('a')], [3_001, look], [3_002, drain], [3_003, died('SIGKILL')]).did).toEqual([
      'fork',
      '3001 kill silent',
      '3003 tombstone a: signal SIGKILL',
    ])
  })
})
