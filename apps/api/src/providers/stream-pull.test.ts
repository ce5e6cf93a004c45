import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { every } from '@kptv/clock'
import type { Failure } from '@kptv/failover'
import { StreamWatch } from '@kptv/mpegts'
import { createManualClock, createTransportStreamMaker, type ManualClock } from '@kptv/testkit'
import { createCollectedOutput } from '../../test-support/collected-output.ts'
import { DEFAULT_TIMING, StreamPull, WATCH_INTERVAL_MS } from './stream-pull.ts'

let clock: ManualClock
/** The pull's clock is ahead by this. */
let aheadMs = 0
let pull: StreamPull | undefined
let stopFeeding = (): void => undefined

beforeEach(() => {
  clock = createManualClock()
  aheadMs = 0
})

afterEach(async () => {
  stopFeeding()
  await pull?.close()
})

/** A pull whose provider sends the result of `next` every 20 ms. */
function start(
  next: () => Buffer | string | undefined,
  { isRepeated = (): boolean => false, isLastResort = true } = {},
) {
  const seen: { failure?: Failure; isHealthy: boolean; mediaBytes: number; firstByteMs?: number | undefined } = {
    isHealthy: false,
    mediaBytes: 0,
  }
  const body = new PassThrough()
  const watch = new StreamWatch()
  const { output, seen: made } = createCollectedOutput()
  output.startInput(undefined, { watch })
  const closed = new Promise<void>((resolve) => body.once('close', () => resolve()))
  stopFeeding = every(clock, 20, () => {
    const bytes = next()
    if (bytes !== undefined && !body.destroyed) body.write(bytes)
  })
  pull = new StreamPull({
    isLastResort,
    connect: async (_signal, { firstByteMs }) => {
      seen.firstByteMs = firstByteMs
      const close = async () => {
        body.destroy()
        await closed
      }
      return { body, contentType: 'video/mp2t', close, closed }
    },
    output,
    watch,
    minDataBytes: 1024,
    timing: DEFAULT_TIMING,
    isRepeated,
    clock: { ...clock, monotonicMs: () => clock.monotonicMs() + aheadMs },
    events: {
      passed: () => {
        seen.mediaBytes = made.bytes
      },
      healthy: () => {
        seen.isHealthy = true
      },
      failed: (failure) => {
        seen.failure = failure
      },
    },
  })
  return { seen, body, output }
}

const failed = (seen: { readonly failure?: Failure }) => clock.until('the pull fails', () => seen.failure)

test('a stream is healthy once media arrives, and stays so while its clock moves', async () => {
  const maker = createTransportStreamMaker()
  const { seen } = start(() => maker.next(100))
  await clock.until('media flows', () => seen.mediaBytes > 500_000)
  expect(seen).toMatchObject({ isHealthy: true })
  expect(seen.failure).toBeUndefined()
})

test('U07: a response without media is given up after the start grace if there is no alternative', async () => {
  const { seen } = start(() => undefined)
  expect(await failed(seen)).toEqual({ kind: 'passing', code: 'no-media' })
})

test.each([
  [true, undefined],
  [false, DEFAULT_TIMING.firstByteMs],
])('U07: the first byte may be late if there is nothing else to try (%s)', (isLastResort, firstByteMs) => {
  expect(start(() => undefined, { isLastResort }).seen.firstByteMs).toBe(firstByteMs)
})

test('a source is not blamed for the time that this process stood still', async () => {
  const maker = createTransportStreamMaker()
  let isSending = true
  const { seen, body } = start(() => (isSending ? maker.next(20) : undefined))
  await clock.until('it plays', () => seen.mediaBytes > 1_000_000)
  isSending = false
  // Before the next check but one, time jumps. What has arrived meanwhile is read after the timers,
  // as from a socket.
  const nowMs = clock.monotonicMs()
  const checkAtMs = (Math.floor(nowMs / WATCH_INTERVAL_MS) + 2) * WATCH_INTERVAL_MS
  clock.after(checkAtMs - nowMs, () => {
    aheadMs = 5_000
    setImmediate(() => setImmediate(() => body.write(maker.next(5_000))))
  })
  await clock.advance(checkAtMs - nowMs)
  const { mediaBytes } = seen
  isSending = true
  await clock.until('media flows again', () => seen.failure ?? seen.mediaBytes > mediaBytes)
  expect(seen.failure).toBeUndefined()
})

test('null packets are not media', async () => {
  const maker = createTransportStreamMaker()
  let sent = 0
  const nothing = Buffer.alloc(188 * 7)
  for (let offset = 0; offset < nothing.length; offset += 188) nothing.writeUInt32BE(0x471fff10, offset)
  const { seen } = start(() => {
    sent += 1
    return sent <= 20 ? maker.next(100) : nothing
  })
  expect(await failed(seen)).toEqual({ kind: 'passing', code: 'null-packets' })
  expect(seen.isHealthy).toBe(true)
})

test('media whose clock stands still is given up at any rate', async () => {
  const maker = createTransportStreamMaker()
  // A single clock value: two would go back and forth, like a looping clip, which is not a fault.
  const frame = createTransportStreamMaker({ startTicks: 900_000 + 2_000 * 90 }).next(20)
  let sent = 0
  const { seen } = start(() => {
    sent += 1
    return sent <= 20 ? maker.next(100) : frame
  })
  const { code } = await failed(seen)
  expect(['no-clock-progress', 'stalled']).toContain(code)
})

test.each([
  ['a page', '<!doctype html><html><body>Account expired</body></html>', 'content-html'],
  ['an object', '{"user_info":{"auth":0}}', 'content-json'],
  ['FLV', Buffer.from('FLV\x01\x05', 'latin1'), 'content-flv'],
  ['MP4', Buffer.from('\0\0\0\x18ftypisom', 'latin1'), 'content-mp4'],
])('T04: %s is recognised by its first bytes', async (_, bytes, code) => {
  let sent = 0
  const { seen } = start(() => {
    sent += 1
    return bytes
  })
  expect(await failed(seen)).toEqual({ kind: 'unplayable', code })
  // Nowhere near 256 KB.
  expect(sent * bytes.length).toBeLessThan(10_000)
})

test('T04: an image without a stream after it is recognised at its end or after 32 KB', async () => {
  const jpeg = Buffer.concat([Buffer.from('ffd8ffe000104a46494600', 'hex'), Buffer.alloc(4_000)])
  const { seen } = start(() => jpeg)
  expect(await failed(seen)).toEqual({ kind: 'unplayable', code: 'content-image' })

  const short = start(() => jpeg)
  short.body.push(jpeg)
  short.body.push(null)
  expect(await failed(short.seen)).toEqual({ kind: 'unplayable', code: 'content-image' })
})

test('the end of a healthy stream alone is not a failure', async () => {
  const maker = createTransportStreamMaker()
  const { seen, body } = start(() => maker.next(100))
  await clock.until('media flows', () => seen.isHealthy)
  stopFeeding()
  body.end()
  expect((await failed(seen)).kind).toBe('ended')
})

test('reports nothing after close', async () => {
  const maker = createTransportStreamMaker()
  const { seen } = start(() => maker.next(100))
  await clock.until('media flows', () => seen.isHealthy)
  await pull!.close()
  const { mediaBytes } = seen
  await clock.advance(20_000)
  expect(seen.mediaBytes).toBe(mediaBytes)
  expect(seen.failure).toBeUndefined()
})

/** Bytes that no signature fits, full of sync bytes at no regular distance. */
function garbage(bytes: number): Buffer {
  const found = Buffer.alloc(bytes)
  for (let at = 0, state = 1; at < bytes; at++) {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff
    found[at] = state % 50 === 0 ? 0x47 : 0x80 | (state >> 16)
  }
  return found
}

test('T03: half a megabyte of garbage before the first packet is skipped', async () => {
  const maker = createTransportStreamMaker()
  let sent = 0
  const { seen } = start(() => {
    sent += 1
    return sent <= 8 ? garbage(64 * 1024) : maker.next(100)
  })
  await clock.until('media flows', () => seen.mediaBytes > 100_000)
  expect(seen.failure).toBeUndefined()
})

test('T03: endless garbage is given up', async () => {
  const { seen } = start(() => garbage(64 * 1024))
  expect(await failed(seen)).toEqual({ kind: 'unplayable', code: 'content-unknown' })
})

test('T25: media that an earlier attempt already started with is given up', async () => {
  const maker = createTransportStreamMaker()
  const { seen } = start(() => maker.next(100), { isRepeated: () => true })
  expect(await failed(seen)).toEqual({ kind: 'passing', code: 'repeated-clip' })
})
