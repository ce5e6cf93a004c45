import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { median, quantile } from '@kptv/testkit'

/**
 * A viewer that only reads: a hundred of them must cost less than what they measure. It reports
 * when media arrived, not whether it was correct; tests check that.
 */
export type LightViewer = {
  /** From the request to the first byte behind the headers. */
  readonly firstByteMs: number
  /**
   * Counts since the last call, and starts again. Costs next to nothing, because the same process
   * may watch others.
   */
  take(): Watched
  close(): void
}

export type Watched = {
  /**
   * Times between two reads that brought something, ms. The wait still in progress counts.
   */
  readonly gapsMs: readonly number[]
  readonly bytes: number
}

/** `stopped` reads the beginning and nothing more; a number is bytes a second. */
type ReadingPace = 'fast' | 'stopped' | number

/** @throws Error when the answer is none of media, or the connection breaks before it */
export async function openLightViewer(url: string, pace: ReadingPace = 'fast'): Promise<LightViewer> {
  const { hostname, port, host, pathname } = new URL(url)
  const requestedAt = performance.now()
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  await once(socket, 'connect')
  socket.write(`GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  const firstByteAt = await readHead(socket)
  let [gaps, bytes, lastAt]: [number[], number, number] = [[], 0, performance.now()]
  socket.on('data', (piece: Buffer) => {
    const now = performance.now()
    gaps.push(now - lastAt)
    bytes += piece.length
    lastAt = now
  })
  socket.on('error', () => {})
  if (pace === 'stopped') socket.pause()
  if (typeof pace === 'number') readSlowly(socket, pace)
  return {
    firstByteMs: firstByteAt - requestedAt,
    take: () => {
      const now = performance.now()
      gaps.push(now - lastAt)
      const watched = { gapsMs: gaps, bytes }
      gaps = []
      bytes = 0
      lastAt = now
      return watched
    },
    close: () => socket.destroy(),
  }
}

/** @returns when the first byte of the body was there */
function readHead(socket: Socket): Promise<number> {
  return new Promise((resolve, reject) => {
    let head = ''
    const fail = () => reject(new Error(`no media, but: ${head.slice(0, 300)}`))
    socket.once('close', fail)
    socket.once('error', fail)
    const read = (piece: Buffer) => {
      head += piece.toString('latin1')
      const end = head.indexOf('\r\n\r\n')
      if (end < 0 || head.length === end + 4) return
      if (!head.startsWith('HTTP/1.1 200 ')) return fail()
      socket.off('data', read)
      socket.off('close', fail)
      socket.off('error', fail)
      resolve(performance.now())
    }
    socket.on('data', read)
  })
}

/** Leaves the rest in the buffers of the kernel, which then push back on the sender. */
function readSlowly(socket: Socket, bytesPerSecond: number): void {
  const startedAt = performance.now()
  let read = 0
  socket.on('data', (piece: Buffer) => {
    read += piece.length
    socket.pause()
    const dueInMs = startedAt + (read / bytesPerSecond) * 1000 - performance.now()
    setTimeout(() => socket.resume(), Math.max(0, dueInMs))
  })
}

export type GapFigures = {
  /** Of all gaps of all viewers. */
  readonly p50: number
  readonly p95: number
  readonly p99: number
  /** Of the longest gap of each viewer. */
  readonly longestP50: number
  readonly longestP95: number
  readonly longest: number
  /** The share that the viewer with the least media got, compared with the one with the most. */
  readonly leastShare: number
}

/** Takes seconds for millions of numbers: call it once measuring is over. */
export function gapFigures(watched: readonly Watched[]): GapFigures {
  const all = watched.flatMap(({ gapsMs }) => gapsMs)
  const longest = watched.map(({ gapsMs }) => gapsMs.reduce((most, gap) => Math.max(most, gap)))
  const bytes = watched.map((one) => one.bytes)
  return {
    p50: median(all),
    p95: quantile(all, 0.95),
    p99: quantile(all, 0.99),
    longestP50: median(longest),
    longestP95: quantile(longest, 0.95),
    longest: Math.max(...longest),
    leastShare: Math.min(...bytes) / Math.max(...bytes),
  }
}
