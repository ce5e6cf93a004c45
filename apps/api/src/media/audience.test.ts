import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import type { SplicerState } from '@kptv/mpegts'
import { nullPackets } from '@kptv/mpegts'
import { Audience } from './audience.ts'

const state = {} as SplicerState
const media = (value: number) => Buffer.alloc(188, value)

beforeEach(() => {
  jest.useFakeTimers()
})

afterEach(() => {
  jest.useRealTimers()
})

function createAudience() {
  const audience = new Audience<string>({
    ringBytes: 1_000_000,
    monotonicMs: () => Date.now(),
    admission: () => undefined,
    reasonLeft: 'left',
    reasonLate: 'late',
    isMediaNear: () => true,
    onChange: () => undefined,
    onLeft: () => undefined,
  })
  const write = (bytes: Buffer, isJoinPoint: boolean): void => {
    audience.write(bytes, isJoinPoint)
    audience.commit(state)
  }
  return { audience, write }
}

function createSink() {
  const written: Buffer[] = []
  const held: Array<() => void> = []
  return {
    written,
    held,
    write(bytes: Buffer, done: () => void): void {
      written.push(Buffer.from(bytes))
      held.push(done)
    },
    cork: () => undefined,
    uncork: () => undefined,
    end: () => undefined,
    destroy: () => undefined,
    take(): void {
      for (const done of held.splice(0)) done()
    },
  }
}

test('viewers of a silent channel get null packets, which other nodes never get', () => {
  const { audience, write } = createAudience()
  const sink = createSink()
  write(media(1), true)
  audience.add(sink, 0)
  for (let second = 0; second < 4; second += 1) {
    sink.take()
    jest.advanceTimersByTime(1_000)
  }
  write(media(2), false)
  jest.advanceTimersByTime(100)
  const packets = sink.written.flatMap((bytes) => (bytes.equals(nullPackets(1)) ? [] : [bytes]))
  expect(sink.written.length).toBeGreaterThan(packets.length)
  expect(packets).toEqual([media(1), media(2)])
  expect(Buffer.concat(audience.ring.readFromNewestJoinPoint())).toEqual(Buffer.concat([media(1), media(2)]))
  audience.end()
})

test('a viewer that has not taken what it got is sent no more', () => {
  const { audience, write } = createAudience()
  const sink = createSink()
  write(media(1), true)
  audience.add(sink, 0)
  jest.advanceTimersByTime(5_000)
  expect(sink.written).toEqual([media(1)])
  audience.end()
})
