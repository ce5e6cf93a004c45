import { beforeEach, expect, test } from '@jest/globals'
import type { SplicerState } from '@kptv/mpegts'
import { nullPackets } from '@kptv/mpegts'
import { createManualClock, type ManualClock } from '@kptv/testkit'
import { Audience } from './audience.ts'

const state = {} as SplicerState
const media = (value: number) => Buffer.alloc(188, value)

let clock: ManualClock

beforeEach(() => {
  clock = createManualClock()
})

function createAudience() {
  const audience = new Audience<string>({
    ringBytes: 1_000_000,
    clock,
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

test('viewers of a silent channel get null packets, which are not sent to other nodes', async () => {
  const { audience, write } = createAudience()
  const sink = createSink()
  write(media(1), true)
  audience.add(sink, 0)
  for (let second = 0; second < 4; second += 1) {
    sink.take()
    await clock.advance(1_000)
  }
  write(media(2), false)
  await clock.advance(100)
  const packets = sink.written.flatMap((bytes) => (bytes.equals(nullPackets(1)) ? [] : [bytes]))
  expect(sink.written.length).toBeGreaterThan(packets.length)
  expect(packets).toEqual([media(1), media(2)])
  expect(Buffer.concat(audience.ring.readFromNewestJoinPoint())).toEqual(Buffer.concat([media(1), media(2)]))
  audience.end()
})

test('sends no more to a viewer that has not taken what it got', async () => {
  const { audience, write } = createAudience()
  const sink = createSink()
  write(media(1), true)
  audience.add(sink, 0)
  await clock.advance(5_000)
  expect(sink.written).toEqual([media(1)])
  audience.end()
})
