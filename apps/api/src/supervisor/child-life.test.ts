import { describe, expect, test } from '@jest/globals'
import { beat, check, died, drain, exit, type Happening, killAfterMs, live } from '../../test-support/child-lives.ts'
import { CHILD_TIMES, type ChildEvent } from './child-life.ts'

const { loadMs } = CHILD_TIMES

describe('a child that is silent', () => {
  test.each<[string, Happening[], string[]]>([
    [
      'for 3 s is killed',
      [
        [1, beat('a')],
        [killAfterMs, check],
        [1 + killAfterMs, check],
      ],
      ['fork', '3001 kill silent'],
    ],
    [
      'is killed once',
      [
        [1, beat('a')],
        [4_000, check],
        [4_100, check],
      ],
      ['fork', '4000 kill silent'],
    ],
    [
      'for a shorter time is left alone',
      [
        [1, beat('a')],
        [2_900, beat('a')],
        [5_800, check],
      ],
      ['fork'],
    ],
    [
      'is also killed while it drains',
      [
        [1, beat('a')],
        [2, drain],
        [3_001, check],
      ],
      ['fork', '2 SIGTERM', '3001 kill silent'],
    ],
    ['may take its time to load', [[loadMs - 1, check]], ['fork']],
    ['is killed when it never gets loaded', [[loadMs, check]], ['fork', '30000 kill silent']],
    [
      'holds nothing yet but must beat all the same',
      [
        [1, beat()],
        [3_001, check],
      ],
      ['fork', '3001 kill silent'],
    ],
  ])('%s', (_, happenings, did) => {
    expect(live(...happenings).did).toEqual(did)
  })

  test('is killed later if its machine starves it', () => {
    const starved: ChildEvent = { kind: 'check', sinceLastMs: 250, isStarved: true }
    expect(live([1, beat('a')], [9_900, starved], [9_950, beat('a')]).did).toEqual(['fork'])
    expect(live([1, beat('a')], [9_900, starved], [10_001, starved]).did).toEqual(['fork', '10001 kill silent'])
    expect(live([1, beat('a')], [9_900, starved], [9_950, check]).did).toEqual(['fork', '9950 kill silent'])
  })

  test('is forgiven silence during which the supervisor was frozen', () => {
    const overslept: ChildEvent = { kind: 'check', sinceLastMs: 10_000 }
    expect(live([1, beat('a')], [10_000, overslept], [12_999, check]).did).toEqual(['fork'])
    expect(live([1, beat('a')], [10_000, overslept], [13_000, check]).did).toEqual(['fork', '13000 kill silent'])
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
        [3_001, check],
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
