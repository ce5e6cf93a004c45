import type { TransportStreamMakerOptions } from '../transport-stream/maker-options.ts'
import { createTransportStreamMaker, type MadeChunk } from '../transport-stream/transport-stream-maker.ts'
import type { Broadcast, BroadcastListener } from './broadcast.ts'

const TICK_MS = 20
/** So much of the past is kept for replays, and more where the burst needs it. */
const LEAST_KEPT_MS = 20_000

type MadeBroadcastOptions = {
  readonly maker: TransportStreamMakerOptions
  readonly burstMs: number
  readonly gopMs: number
}

/**
 * One channel on the air: all its viewers hear the same packets at the same time. The clock runs on
 * without listeners, as at a real station, but nothing is made then.
 */
export function createMadeBroadcast(options: MadeBroadcastOptions): Broadcast {
  const makerOptions = { clockNs: () => process.hrtime.bigint(), ...options.maker }
  let maker = createTransportStreamMaker(makerOptions)
  const listeners = new Set<BroadcastListener>()
  const prerollMs = options.burstMs + options.gopMs
  const keptMs = Math.max(LEAST_KEPT_MS, 2 * prerollMs)
  let kept: Array<MadeChunk & { readonly endMs: number }> = []
  let startedAtMs: number | undefined
  let timer: NodeJS.Timeout | undefined

  const nowMs = () => performance.now() - startedAtMs!
  /**
   * Makes what is due, in pieces of one tick even if we are late, and sends it to those who listen
   * already.
   */
  const catchUp = () => {
    while (maker.mediaMs() + TICK_MS <= nowMs()) {
      const chunk = maker.nextChunk(TICK_MS)
      kept.push({ ...chunk, endMs: maker.mediaMs() })
      if (chunk.bytes.length > 0) for (const listener of listeners) listener.onBytes(chunk.bytes)
    }
    while (kept[0] && kept[0].endMs < maker.mediaMs() - keptMs) kept.shift()
  }
  const goOnAir = () => {
    // The past that a first viewer may want is made in advance.
    startedAtMs ??= performance.now() - prerollMs - options.gopMs
    const silentMs = nowMs() - maker.mediaMs()
    if (listeners.size === 0 && silentMs > keptMs) {
      kept = []
      maker.skip(silentMs - prerollMs - options.gopMs)
    }
    catchUp()
    timer ??= setInterval(catchUp, TICK_MS)
  }

  const past = (ms: number, from: 'join-point' | 'any-packet'): Buffer => {
    const earliestMs = maker.mediaMs() - ms
    if (from === 'any-packet')
      return Buffer.concat(kept.filter((chunk) => chunk.endMs > earliestMs).map(({ bytes }) => bytes))
    const start = kept.findLastIndex((chunk) => chunk.joinOffsets.length > 0 && chunk.endMs - TICK_MS <= earliestMs)
    const chunks = start < 0 ? [] : kept.slice(start)
    const [first, ...others] = chunks
    return first
      ? Buffer.concat([first.bytes.subarray(first.joinOffsets.at(-1)), ...others.map(({ bytes }) => bytes)])
      : Buffer.alloc(0)
  }

  return {
    listen: (listener, { replayMs }) => {
      goOnAir()
      const isReplay = replayMs !== undefined
      const bytes = isReplay ? past(replayMs, 'any-packet') : past(options.burstMs, 'join-point')
      if ((isReplay || options.burstMs > 0) && bytes.length > 0) listener.onBytes(bytes)
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
        if (listeners.size > 0) return
        clearInterval(timer)
        timer = undefined
      }
    },
    resetTimeStamps: (startTicks) => {
      const former = maker
      const firstSequence = (pid: number) => former.nextSequence(pid)
      maker = createTransportStreamMaker({ ...makerOptions, startTicks, firstSequence })
      kept = []
      startedAtMs = startedAtMs === undefined ? undefined : performance.now()
    },
    stop: () => {
      clearInterval(timer)
      listeners.clear()
    },
  }
}
