import { Duplex } from 'node:stream'
import { expect, test } from '@jest/globals'
import { DirectReading } from './direct-reading.ts'
import { ReadingRounds, ROUND_MS } from './reading-rounds.ts'

/** A clock that stands until a round begins. */
function startRounds(nowMs: number) {
  const clock = { nowMs, due: [] as Array<{ delayMs: number; run: () => void }> }
  const rounds = new ReadingRounds(
    () => clock.nowMs,
    (delayMs, run) => void clock.due.push({ delayMs, run }),
  )
  const begin = () => {
    const { delayMs, run } = clock.due.shift()!
    clock.nowMs += delayMs
    run()
  }
  return { clock, rounds, begin }
}

function createSocket() {
  const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
  const seen = { resumes: 0 }
  socket.resume = () => {
    seen.resumes += 1
    return socket
  }
  return { socket, seen }
}

test('all that rest are read again at once, in the same round wherever in it they came to rest', () => {
  const { clock, rounds, begin } = startRounds(ROUND_MS * 7 + 3)
  const sockets = [createSocket(), createSocket(), createSocket()]
  rounds.rest(sockets[0]!.socket)
  clock.nowMs += 5
  for (const { socket } of sockets.slice(1)) rounds.rest(socket)
  expect(clock.due.map(({ delayMs }) => delayMs)).toEqual([ROUND_MS - 3])
  begin()
  expect(sockets.map(({ seen }) => seen.resumes)).toEqual([1, 1, 1])
  expect(clock.due).toEqual([])
})

test('a socket that is gone meanwhile is left alone, and one that rests during a round waits for the next', () => {
  const { clock, rounds, begin } = startRounds(0)
  const [gone, open] = [createSocket(), createSocket()]
  open.socket.resume = () => {
    rounds.rest(open.socket)
    return open.socket
  }
  rounds.rest(gone.socket)
  rounds.rest(open.socket)
  gone.socket.destroy()
  begin()
  expect(gone.seen.resumes).toBe(0)
  expect(clock.due).toHaveLength(1)
})

/** How much of a diverted connection is read before it rests, in reads of one size. */
function bytesBeforeRest(readBytes: number, isPlain: boolean): number {
  const { clock, rounds } = startRounds(0)
  const reading = new DirectReading({ isPlain, rounds })
  reading.attach(createSocket().socket)
  let takenBytes = 0
  reading.divert(
    (bytes) => {
      takenBytes += bytes.length
    },
    () => true,
  )
  while (takenBytes < 8_000_000 && reading.onread.callback(readBytes)) expect(clock.due).toEqual([])
  return takenBytes
}

test.each([1_448, 20_000])('the first megabyte is read as it comes, in reads of %i bytes', (readBytes) => {
  const bytes = bytesBeforeRest(readBytes, true)
  expect(bytes).toBeGreaterThanOrEqual(1024 * 1024)
  expect(bytes).toBeLessThan(1024 * 1024 + readBytes)
})

test('while reads fill the buffer, and over HTTPS, nothing rests', () => {
  expect(bytesBeforeRest(64 * 1024, true)).toBeGreaterThan(7_000_000)
  expect(bytesBeforeRest(1_448, false)).toBeGreaterThan(7_000_000)
})
