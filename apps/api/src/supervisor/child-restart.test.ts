import { describe, expect, test } from '@jest/globals'
import {
  beat,
  check,
  died,
  drain,
  end,
  exit,
  type Happening,
  killAfterMs,
  live,
} from '../../test-support/child-lives.ts'
import { beginLife, CHILD_TIMES, type ChildLife, nextLife } from './child-life.ts'

const { firstRestMs, maxRestMs, stableMs } = CHILD_TIMES

describe('the restart', () => {
  test('comes after a rest, during which only checks count', () => {
    const { life, did } = live([1, beat('a')], [100, died('SIGKILL')], [100 + firstRestMs - 1, check])
    expect(did.slice(1)).toEqual(['100 tombstone a: signal SIGKILL'])
    expect(life).toMatchObject({ phase: 'resting', wakesAtMs: 100 + firstRestMs })
    expect(nextLife(life, check, 100 + firstRestMs).actions).toEqual([{ kind: 'fork' }])
  })

  test('doubles its rests up to the maximum, and a stable life resets them', () => {
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
      life = nextLife(life, check, atMs).life
    }
    for (let count = 0; count < 7; count += 1) crashAfter(10)
    crashAfter(stableMs)
    crashAfter(10)
    expect(rests).toEqual([500, 1_000, 2_000, 4_000, 8_000, maxRestMs, maxRestMs, 500, 1_000])
  })

  test("gives a new process none of its predecessor's ids", () => {
    const { did } = live([1, beat('a')], [2, exit(1)], [502, check], [503, beat('b')], [504, exit(1)])
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
        [509, check],
        [600, exit(1)],
      ],
      'resting',
    ],
    [
      'is tried when it was killed while it started',
      [
        [1, beat()],
        [9, died('SIGKILL')],
      ],
      'resting',
    ],
    [
      'is tried after an orderly end that was not ordered',
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
      'a failure at the end is reported',
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

  test('an order not carried out in time is enforced, and that is a failure', () => {
    const { life, did } = live([1, beat('a')], [2, end], [4_900, beat('a')], [5_002, check], [5_010, died('SIGKILL')])
    expect(did).toEqual(['fork', '2 SIGINT', '5002 kill late', '5010 tombstone a: signal SIGKILL'])
    expect(life).toEqual({ phase: 'gone', failed: true })
  })

  test('an order to a child that is being killed only prevents its restart', () => {
    expect(live([1, beat('a')], [3_001, check], [3_002, drain], [3_003, died('SIGKILL')]).did).toEqual([
      'fork',
      '3001 kill silent',
      '3003 tombstone a: signal SIGKILL',
    ])
  })
})
