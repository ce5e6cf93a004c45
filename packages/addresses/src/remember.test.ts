import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from '@jest/globals'
import { ownText, remember } from './remember.ts'

describe('remember', () => {
  test('computes the answer once per text', () => {
    const asked: string[] = []
    const lengthOf = remember(10, (text) => asked.push(text) && text.length)
    expect(['a', 'bb', 'a', 'bb'].map(lengthOf)).toEqual([1, 2, 1, 2])
    expect(asked).toEqual(['a', 'bb'])
  })

  test('remembers a negative answer', () => {
    let asked = 0
    const isLong = remember(10, () => asked++ > 99)
    expect([isLong('a'), isLong('a'), asked]).toEqual([false, false, 1])
  })

  test('holds no more than its maximum', () => {
    let asked = 0
    const count = remember(2, () => ++asked)
    expect(['a', 'b', 'c', 'c', 'a'].map(count)).toEqual([1, 2, 3, 3, 4])
  })

  test('keeps texts, not the longer texts they were cut from', () => {
    const isKnown = remember(1_000, () => true)
    const grownBytes = heapGrowth(() => {
      for (let count = 0; count < 100; count++) isKnown(pageOf(count).slice(1_000, 1_040))
    })
    expect(grownBytes).toBeLessThan(2_000_000)
    expect(isKnown('x')).toBe(true)
  })
})

test.each(['', 'plain', 'القناة', '📺', 'half \ud83d', '"\\\n'])('ownText(%j) is the same text', (text) => {
  expect(ownText(text)).toBe(text)
})

/** 100,000 characters that no other text has. */
function pageOf(count: number): string {
  return Array.from({ length: 10_000 }, (_, index) => `${count}:${index}`.padEnd(10)).join('')
}

function heapGrowth(work: () => void): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  const before = process.memoryUsage().heapUsed
  work()
  collect()
  return process.memoryUsage().heapUsed - before
}
