import { describe, expect, test } from '@jest/globals'
import type { Turn } from '@kptv/coordination'
import { createManualClock } from '@kptv/testkit'
import { createSlotSignals } from './slot-signals.ts'
import { SlotWait } from './slot-wait.ts'

const NOT_YET: Turn = { may: false, because: 'queue', waitMs: 0 }

function startWait(how: { readonly patient?: boolean; readonly checkInMs?: number; readonly answer?: Turn } = {}) {
  const seen = { checks: 0, wanted: 0, turns: 0, enough: 0, left: 0, answer: (how.answer ?? NOT_YET) as Turn | Error }
  const clock = createManualClock()
  const wait = new SlotWait<string>({
    queue: async () => {
      seen.checks += 1
      if (seen.answer instanceof Error) throw seen.answer
      return seen.answer
    },
    want: () => {
      seen.wanted += 1
    },
    leaveOthers: () => undefined,
    onQueued: () => undefined,
    leave: () => {
      seen.left += 1
    },
    onTurn: () => {
      seen.turns += 1
    },
    onEnough: () => {
      seen.enough += 1
    },
    clock,
  })
  const start = () => wait.start(['account'], { patient: how.patient ?? false, checkInMs: how.checkInMs ?? Infinity })
  start()
  return { seen, wait, start, clock }
}

describe('waiting for a slot', () => {
  test('keeps its place and announces every second that it waits', async () => {
    const { seen, clock } = startWait()
    await clock.advance(5_000)
    expect([seen.checks, seen.wanted, seen.turns]).toEqual([6, 6, 0])
  })

  test('checks at once when a slot is returned', async () => {
    const { seen, wait, clock } = startWait()
    seen.answer = { may: true }
    wait.freed()
    await clock.advance(1)
    expect(seen.turns).toBe(1)
  })

  test('does not miss a slot that is returned during a refusal', async () => {
    const { seen, wait, start, clock } = startWait()
    wait.pause()
    seen.answer = { may: true }
    wait.freed()
    start()
    await clock.advance(60)
    expect(seen.turns).toBe(1)
  })

  test('asks no session to give up a connection while the account rests', async () => {
    const { seen, clock } = startWait({ answer: { may: false, because: 'rest', waitMs: 60_000 } })
    await clock.advance(3_000)
    expect([seen.checks, seen.wanted]).toEqual([4, 0])
  })

  test('checks at the end of a rest that it knows of', async () => {
    const { seen, clock } = startWait({ checkInMs: 300 })
    seen.answer = { may: true }
    await clock.advance(310)
    expect(seen.turns).toBe(1)
  })

  test('does not turn into a busy loop when turns bring no slot', async () => {
    const { seen, wait, start, clock } = startWait({ checkInMs: 0 })
    seen.answer = { may: true }
    for (let round = 0; round < 10; round += 1) {
      await clock.advance(49)
      expect(seen.turns).toBe(round)
      await clock.advance(1)
      wait.pause()
      start()
    }
  })

  test('ends after 12 s in total, even if a slot was requested in between', async () => {
    const { seen, wait, start, clock } = startWait()
    await clock.advance(11_000)
    wait.pause()
    await clock.advance(2_000)
    expect(seen.enough).toBe(0)
    start()
    await clock.advance(0)
    expect(seen.enough).toBe(1)
  })

  test('never ends for a session with viewers, whether Redis is away or not', async () => {
    const { seen, clock } = startWait({ patient: true })
    seen.answer = new Error('Redis is away')
    await clock.advance(60_000)
    expect([seen.enough, seen.turns]).toEqual([0, 0])
    seen.answer = { may: true }
    await clock.advance(1_000)
    expect(seen.turns).toBe(1)
  })

  test('gives up its places and leaves no timer behind', async () => {
    const { seen, wait, clock } = startWait()
    wait.leave()
    expect(clock.pending()).toBe(0)
    expect(seen.left).toBe(1)
    wait.freed()
    await clock.advance(20_000)
    expect([seen.turns, seen.enough]).toEqual([0, 0])
  })
})

test('a slot is wanted for as long as any edge announces it', () => {
  let nowMs = 0
  const announced: string[] = []
  const signals = createSlotSignals({
    announce: (signal, id) => void announced.push(`${signal} ${id}`),
    monotonicMs: () => nowMs,
  })
  expect(signals.isWanted('a')).toBe(false)
  signals.heardWanted('a')
  nowMs = 2_000
  expect([signals.isWanted('a'), signals.isWanted('b')]).toEqual([true, false])
  nowMs = 2_500
  expect(signals.isWanted('a')).toBe(false)
  signals.want('a')
  signals.freed('a')
  expect(announced).toEqual(['wanted a', 'freed a'])
})
