import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { eventually } from '../eventually.ts'
import type { CheckerReport } from '../transport-stream/checker-report.ts'
import {
  createTransportStreamChecker,
  type TransportStreamCheckerOptions,
} from '../transport-stream/transport-stream-checker.ts'

type ViewerOptions = {
  readonly method?: string
  readonly headers?: Record<string, string>
  /** Default `fast`. `stopped` reads the headers and nothing more. */
  readonly pace?: ViewerPace
  /** Keep so many of the first bytes, for a second judge. Default 65,536. */
  readonly keptBytes?: number
  /**
   * `none`: bytes are counted and not judged, for hundreds of viewers at once; its report is
   * one of an empty stream.
   */
  readonly checker?: TransportStreamCheckerOptions | 'none'
  /** Source address of the connection. */
  readonly localAddress?: string
  /** How long the answer's headers may take. Default 30 s. */
  readonly deadlineMs?: number
}

type ViewerPace = 'fast' | 'stopped' | { readonly bytesPerSecond: number }

/** `end`: whole response. `broken`: the connection broke off. `closed`: by us. */
type ViewerEnd = 'end' | 'broken' | 'closed'

export type Viewer = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** From the request to the headers, and to the first byte of the body if one came. */
  readonly headersAfterMs: number
  firstByteAfterMs(): number | undefined
  bytes(): number
  /** The first bytes of the body, see `keptBytes`. */
  body(): Buffer
  report(): CheckerReport
  /** How it ended, undefined while it continues. */
  ended(): ViewerEnd | undefined
  setPace(pace: ViewerPace): void
  waitForBytes(count: number, options?: { readonly deadlineMs?: number }): Promise<void>
  waitForEnd(options?: { readonly deadlineMs?: number }): Promise<ViewerEnd>
  close(): void
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Opens an address as a player does, on its own connection, and checks the media.
 *
 * @throws Error when no answer comes: refused, broken off before the headers, or too late.
 */
export async function openViewer(url: string, options: ViewerOptions = {}): Promise<Viewer> {
  const requestedAtMs = performance.now()
  const { method = 'GET', headers = {}, localAddress, deadlineMs = 30_000 } = options
  const outgoing = request(url, { method, headers, agent: false, ...(localAddress && { localAddress }) })
  const response = await answerOf(outgoing, deadlineMs)
  return watchResponse({ outgoing, response, requestedAtMs }, options)
}

/** Opens many at once; `urlOf` is asked for each. All of them answered, or the first error. */
export async function openViewers(
  count: number,
  urlOf: string | ((index: number) => string),
  options: ViewerOptions = {},
): Promise<Viewer[]> {
  const open = (index: number) => openViewer(typeof urlOf === 'string' ? urlOf : urlOf(index), options)
  const outcomes = await Promise.allSettled(Array.from({ length: count }, (_, index) => open(index)))
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  const opened = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  if (failed === undefined) return opened
  for (const viewer of opened) viewer.close()
  throw failed.reason
}

function answerOf(outgoing: ClientRequest, deadlineMs: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => outgoing.destroy(new Error(`No answer within ${deadlineMs} ms`)), deadlineMs)
    outgoing.once('response', (response) => {
      clearTimeout(timer)
      resolve(response)
    })
    outgoing.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    outgoing.end()
  })
}

function watchResponse(
  exchange: { readonly outgoing: ClientRequest; readonly response: IncomingMessage; readonly requestedAtMs: number },
  options: ViewerOptions,
): Viewer {
  const { outgoing, response, requestedAtMs } = exchange
  const headersAfterMs = performance.now() - requestedAtMs
  const isJudged = options.checker !== 'none'
  const checker = createTransportStreamChecker({
    clockNs: () => process.hrtime.bigint(),
    ...(options.checker !== 'none' && options.checker),
  })
  const { keptBytes = 65_536 } = options
  const kept: Buffer[] = []
  let [keptSoFar, bytes] = [0, 0]
  let firstByteAtMs: number | undefined
  let ended: ViewerEnd | undefined
  let timer: NodeJS.Timeout | undefined

  const take = (chunk: Buffer) => {
    firstByteAtMs ??= performance.now()
    bytes += chunk.length
    if (keptSoFar < keptBytes) kept.push(Buffer.from(chunk.subarray(0, keptBytes - keptSoFar)))
    keptSoFar = Math.min(keptBytes, keptSoFar + chunk.length)
    if (isJudged) checker.push(chunk)
  }
  let stopReading = () => {}
  const setPace = (pace: ViewerPace) => {
    clearInterval(timer)
    stopReading()
    response.pause()
    if (pace === 'fast') stopReading = readInTurns(response, take)
    else if (pace !== 'stopped') timer = readSlowly(response, { take, bytesPerSecond: pace.bytesPerSecond })
  }
  response.once('end', () => {
    ended ??= 'end'
  })
  response.on('error', () => {})
  response.once('close', () => {
    ended ??= 'broken'
    clearInterval(timer)
  })
  setPace(options.pace ?? 'fast')

  const close = () => {
    ended ??= 'closed'
    clearInterval(timer)
    outgoing.destroy()
  }
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    headersAfterMs,
    firstByteAfterMs: () => (firstByteAtMs === undefined ? undefined : firstByteAtMs - requestedAtMs),
    bytes: () => bytes,
    body: () => Buffer.concat(kept),
    report: () => checker.report({ isComplete: ended === 'end' }),
    ended: () => ended,
    setPace,
    waitForBytes: async (count, waiting) => {
      const sentence = `the viewer has ${count} bytes, or its response ended`
      await eventually(sentence, () => bytes >= count || ended !== undefined, waiting)
      if (bytes < count) throw new Error(`The response ended (${ended}) after ${bytes} bytes, before ${count} had come`)
    },
    waitForEnd: (waiting) => eventually("the viewer's response ends", () => ended, waiting),
    close,
    [Symbol.asyncDispose]: async () => close(),
  }
}

/**
 * Of a burst only so much is read before the process looks at its other viewers, who would look
 * late otherwise.
 */
const MAX_IN_TURN_BYTES = 64 * 1024

/** Reads all that comes. The function given back ends it. */
function readInTurns(response: IncomingMessage, take: (chunk: Buffer) => void): () => void {
  let inTurnBytes = 0
  let turn: NodeJS.Immediate | undefined
  const nextTurn = () => {
    turn = undefined
    inTurnBytes = 0
    response.resume()
  }
  const onData = (chunk: Buffer) => {
    take(chunk)
    inTurnBytes += chunk.length
    turn ??= setImmediate(nextTurn)
    if (inTurnBytes >= MAX_IN_TURN_BYTES) response.pause()
  }
  response.on('data', onData)
  response.resume()
  return () => {
    response.removeListener('data', onData)
    clearImmediate(turn)
  }
}

/** Leaves the rest in the buffers of Node and of the kernel, which then push back on the sender. */
function readSlowly(
  response: IncomingMessage,
  how: { readonly take: (chunk: Buffer) => void; readonly bytesPerSecond: number },
): NodeJS.Timeout {
  const startedAtMs = performance.now()
  let read = 0
  return setInterval(() => {
    const due = Math.floor(((performance.now() - startedAtMs) / 1000) * how.bytesPerSecond) - read
    const available = Math.min(due, response.readableLength)
    const chunk: Buffer | null = available > 0 ? response.read(available) : response.read(0)
    if (chunk === null) return
    read += chunk.length
    how.take(chunk)
  }, 20)
}
