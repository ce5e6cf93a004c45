import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { Turn } from '@kptv/coordination'
import { createSlotSignals } from './slot-signals.ts'
import { SlotWait } from './slot-wait.ts'

beforeEach(() => {
  jest.useFakeTimers()
})

afterEach(() => {
  jest.useRealTimers()
})

const NOT_YET: Turn = { may: false, because: 'queue', waitMs: 0 }

function startWait(how: { patient?: boolean; lookInMs?: number; answer?: Turn } = {}) {
  const seen = { looks: 0, wanted: 0, turns: 0, enough: 0, left: 0, answer: (how.answer ?? NOT_YET) as Turn | Error }
  const wait = new SlotWait<string>({
    queue: async () => {
      seen.looks += 1
      if (seen.answer instanceof Error) throw seen.answer
      return seen.answer
    },
    want: () => {
      seen.wanted += 1
    },
    leaveOthers: () => undefined,
    leave: () => {
      seen.left += 1
    },
    onTurn: () => {
      seen.turns += 1
    },
    onEnough: () => {
      seen.enough += 1
    },
  })
  const start = () => wait.start(['account'], { patient: how.patient ?? false, lookInMs: how.lookInMs ?? Infinity })
  start()
  return { seen, wait, start }
}

describe('the wait for a slot', () => {
  test('keeps its place and says that it waits, every second', async () => {
    const { seen } = startWait()
    await jest.advanceTimersByTimeAsync(5_000)
    expect([seen.looks, seen.wanted, seen.turns]).toEqual([6, 6, 0])
  })

  test('looks at once when a slot is given back', async () => {
    const { seen, wait } = startWait()
    seen.answer = { may: true }
    wait.freed()
    await jest.advanceTimersByTimeAsync(1)
    expect(seen.turns).toBe(1)
  })

  test('a slot given back while it was just being refused is not missed', async () => {
    const { seen, wait, start } = startWait()
    wait.pause()
    seen.answer = { may: true }
    wait.freed()
    start()
    await jest.advanceTimersByTimeAsync(60)
    expect(seen.turns).toBe(1)
  })

  test('asks nobody to give a connection up while the account rests', async () => {
    const { seen } = startWait({ answer: { may: false, because: 'rest', waitMs: 60_000 } })
    await jest.advanceTimersByTimeAsync(3_000)
    expect([seen.looks, seen.wanted]).toEqual([4, 0])
  })

  test('looks when a rest that it knows of has ended', async () => {
    const { seen } = startWait({ lookInMs: 300 })
    seen.answer = { may: true }
    await jest.advanceTimersByTimeAsync(310)
    expect(seen.turns).toBe(1)
  })

  test('a turn that brings no slot again and again is no busy loop', async () => {
    const { seen, wait, start } = startWait({ lookInMs: 0 })
    seen.answer = { may: true }
    for (let round = 0; round < 10; round += 1) {
      await jest.advanceTimersByTimeAsync(49)
      expect(seen.turns).toBe(round)
      await jest.advanceTimersByTimeAsync(1)
      wait.pause()
      start()
    }
  })

  test('ends after 12 s in all, also if it asked meanwhile', async () => {
    const { seen, wait, start } = startWait()
    await jest.advanceTimersByTimeAsync(11_000)
    wait.pause()
    await jest.advanceTimersByTimeAsync(2_000)
    expect(seen.enough).toBe(0)
    start()
    await jest.advanceTimersByTimeAsync(0)
    expect(seen.enough).toBe(1)
  })

  test('of one with viewers never ends, Redis away or not', async () => {
    const { seen } = startWait({ patient: true })
    seen.answer = new Error('Redis is away')
    await jest.advanceTimersByTimeAsync(60_000)
    expect([seen.enough, seen.turns]).toEqual([0, 0])
    seen.answer = { may: true }
    await jest.advanceTimersByTimeAsync(1_000)
    expect(seen.turns).toBe(1)
  })

  test('gives up its places and leaves no timer behind', async () => {
    const { seen, wait } = startWait()
    wait.leave()
    expect(jest.getTimerCount()).toBe(0)
    expect(seen.left).toBe(1)
    wait.freed()
    await jest.advanceTimersByTimeAsync(20_000)
    expect([seen.turns, seen.enough]).toEqual([0, 0])
  })
})

test('a slot is wanted for as long as somebody says so', () => {
  let nowMs = 0
  const told: string[] = []
  const signals = createSlotSignals({ tell: (signal, id) => void told.push(`${signal} ${id}`), now: () => nowMs })
  expect(signals.isWanted('a')).toBe(false)
  signals.heardWanted('a')
  nowMs = 2_000
  expect([signals.isWanted('a'), signals.isWanted('b')]).toEqual([true, false])
  nowMs = 2_500
  expect(signals.isWanted('a')).toBe(false)
  signals.want('a')
  signals.freed('a')
  expect(told).toEqual(['wanted a', 'freed a'])
})
