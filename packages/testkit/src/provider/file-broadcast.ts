import { readFileSync } from 'node:fs'
import { ticksBetween, viewPacket } from '../transport-stream/packet-view.ts'
import { PACKET_BYTES } from '../transport-stream/packet-writer.ts'
import type { Broadcast } from './broadcast.ts'

const TICK_MS = 20

/**
 * A file of transport stream at the pace of its own clock: from its start for each listener, or
 * from its current place.
 */
export function createFileBroadcast(options: {
  readonly path: string
  readonly bytesPerSecond?: number
  readonly isLooped?: boolean
  readonly isLive?: boolean
}): Broadcast {
  const bytes = readFileSync(options.path)
  const bytesPerSecond = options.bytesPerSecond ?? paceOf(bytes)
  const timers = new Set<NodeJS.Timeout>()
  const onAirAtMs = performance.now()
  const dueSince = (startMs: number): number =>
    Math.floor((((performance.now() - startMs) / 1000) * bytesPerSecond) / PACKET_BYTES) * PACKET_BYTES
  return {
    listen: (listener) => {
      const startedAtMs = options.isLive ? onAirAtMs : performance.now()
      // Not even a moment's wait of this thread may skip the start of a file.
      let sent = options.isLive ? dueSince(startedAtMs) : 0
      const timer = setInterval(() => {
        const due = dueSince(startedAtMs)
        while (sent < due) {
          const at = sent % bytes.length
          const piece = bytes.subarray(at, Math.min(bytes.length, at + due - sent))
          sent += piece.length
          listener.onBytes(piece)
          if (sent >= bytes.length && !options.isLooped) {
            listener.onEnd()
            return
          }
        }
      }, TICK_MS)
      timers.add(timer)
      return () => {
        clearInterval(timer)
        timers.delete(timer)
      }
    },
    resetTimeStamps: () => {},
    stop: () => {
      for (const timer of timers) clearInterval(timer)
    },
  }
}

/**
 * Bytes between the first and the last PCR by the time between them; 250,000 if there is no clock
 * in it.
 */
function paceOf(bytes: Buffer): number {
  let first: { readonly at: number; readonly ticks: number; readonly pid: number } | undefined
  let last = first
  for (let at = 0; at + PACKET_BYTES <= bytes.length; at += PACKET_BYTES) {
    const { pcrTicks, pid } = viewPacket(bytes.subarray(at, at + PACKET_BYTES))
    if (pcrTicks === undefined || (first && pid !== first.pid)) continue
    last = { at, ticks: pcrTicks, pid }
    first ??= last
  }
  const seconds = first && last ? ticksBetween(first.ticks, last.ticks) / 90_000 : 0
  return seconds > 0 ? (last!.at - first!.at) / seconds : 250_000
}
