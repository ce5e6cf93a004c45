/**
 * `node bench/counting-viewers.ts`: viewers that read into one buffer and count, in a separate
 * process that its parent controls. Each reports at most one line of JSON a second: hundreds of
 * them must cost less than what they measure. Some keep their media, to be checked.
 */
import { connect, type Socket } from 'node:net'
import { createTransportStreamChecker } from '@kptv/testkit'

export type ViewersOrder =
  | { readonly do: 'open'; readonly urls: readonly string[] }
  /** Counts from now on. */
  | { readonly do: 'begin' }
  | { readonly do: 'report' }

export type ViewersReport = {
  readonly bytes: readonly number[]
  /** A second without bytes, all viewers together. */
  readonly gaps: number
  /** Viewers without an answer, or whose response ended. */
  readonly lost: number
  /** The checker's findings in the media of the first few. */
  readonly problems: readonly string[]
}

const GAP_MS = 1_000
/** So many are judged; the others only count. */
const JUDGED = 4
const shared = Buffer.allocUnsafeSlow(64 * 1024)

type Viewer = {
  bytes: number
  lastAt: number
  gaps: number
  isLost: boolean
  readonly kept: Buffer[] | undefined
  readonly socket: Socket
}
let viewers: Viewer[] = []

function open(url: string, isJudged: boolean): Viewer {
  const { hostname, port, host, pathname } = new URL(url)
  const viewer: Viewer = {
    bytes: 0,
    lastAt: performance.now(),
    gaps: 0,
    isLost: false,
    kept: isJudged ? [] : undefined,
    socket: connect({
      host: hostname,
      port: Number(port),
      onread: {
        buffer: shared,
        callback(bytes) {
          const now = performance.now()
          if (now - viewer.lastAt > GAP_MS) viewer.gaps += 1
          viewer.lastAt = now
          viewer.bytes += bytes
          viewer.kept?.push(Buffer.from(shared.subarray(0, bytes)))
          return true
        },
      },
    }),
  }
  viewer.socket.write(`GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  viewer.socket.on('error', () => {})
  viewer.socket.on('close', () => {
    viewer.isLost = true
  })
  return viewer
}

function begin(): void {
  for (const viewer of viewers) Object.assign(viewer, { bytes: 0, gaps: 0, lastAt: performance.now() })
}

function report(): ViewersReport {
  const now = performance.now()
  for (const viewer of viewers) {
    viewer.socket.pause()
    if (now - viewer.lastAt > GAP_MS) viewer.gaps += 1
  }
  return {
    bytes: viewers.map(({ bytes }) => bytes),
    gaps: viewers.reduce((sum, { gaps }) => sum + gaps, 0),
    lost: viewers.filter(({ isLost }) => isLost).length,
    problems: viewers.flatMap(({ kept }) => (kept === undefined ? [] : problemsOf(Buffer.concat(kept)))),
  }
}

function problemsOf(response: Buffer): readonly string[] {
  const headEnd = response.indexOf('\r\n\r\n') + 4
  const head = response.toString('latin1', 0, headEnd)
  if (!head.startsWith('HTTP/1.1 200 ')) return [`no media, but: ${head.slice(0, 100)}`]
  const checker = createTransportStreamChecker()
  const body = response.subarray(headEnd)
  for (const piece of /transfer-encoding: chunked/i.test(head) ? withoutChunks(body) : [body]) checker.push(piece)
  return checker.report().problems
}

/** RFC 9112, section 7.1; the last chunk may be cut off. */
function* withoutChunks(body: Buffer): Generator<Buffer> {
  for (let at = 0; at < body.length; ) {
    const lineEnd = body.indexOf('\r\n', at)
    const size = Number.parseInt(body.toString('latin1', at, lineEnd), 16)
    if (lineEnd < 0 || Number.isNaN(size)) return
    const end = Math.min(body.length, lineEnd + 2 + size)
    yield body.subarray(lineEnd + 2, end)
    at = end + 2
  }
}

process.on('message', (order: ViewersOrder) => {
  if (order.do === 'open') viewers = order.urls.map((url, index) => open(url, index < JUDGED))
  else if (order.do === 'begin') begin()
  else process.send?.(report())
})
process.on('disconnect', () => process.exit())
