import type { Socket } from 'node:net'
import { resetSocket } from './reset-socket.ts'

type PipeConditions = {
  readonly delayMs: number
  readonly jitterMs: number
  readonly bytesPerSecond: number | undefined
  readonly sliceBytes: number | undefined
  readonly slowCloseMs: number
}

type Parcel = { readonly dueAtMs: number; bytes: Buffer } | { readonly dueAtMs: number; readonly end: 'end' | 'reset' }

/** The sender is paused while so much is under way: a link has no endless buffer. */
const MAX_UNDER_WAY_BYTES = 1_000_000

/**
 * Carries bytes and the end of one direction of a connection, under conditions that may change at
 * any time.
 */
export function delayedPipe(
  from: Socket,
  to: Socket,
  link: { readonly conditions: () => PipeConditions; readonly isHeld: () => boolean; readonly random: () => number },
): { wake(): void } {
  const parcels: Parcel[] = []
  let underWayBytes = 0
  let lastDueAtMs = 0
  let lineFreeAtMs = 0
  let timer: NodeJS.Timeout | undefined

  const post = (parcel: { readonly bytes: Buffer } | { readonly end: 'end' | 'reset' }) => {
    const { delayMs, jitterMs, slowCloseMs } = link.conditions()
    const travelMs = Math.max(0, delayMs + (link.random() * 2 - 1) * jitterMs) + ('end' in parcel ? slowCloseMs : 0)
    lastDueAtMs = Math.max(lastDueAtMs, performance.now() + travelMs)
    parcels.push({ ...parcel, dueAtMs: lastDueAtMs })
    deliver()
  }
  const deliver = () => {
    clearTimeout(timer)
    while (parcels[0] !== undefined && !link.isHeld() && !to.destroyed) {
      const waitMs = Math.max(parcels[0].dueAtMs, lineFreeAtMs) - performance.now()
      if (waitMs > 0) {
        timer = setTimeout(deliver, waitMs)
        return
      }
      if ('end' in parcels[0]) return finish(parcels[0].end)
      sendSome(parcels[0])
      if (parcels[0].bytes.length === 0) parcels.shift()
    }
  }
  /** Sends the head of a parcel, and reckons how long the line is busy with it. */
  const sendSome = (parcel: Parcel & { bytes: Buffer }) => {
    const { bytesPerSecond, sliceBytes } = link.conditions()
    const perTick =
      bytesPerSecond === undefined ? Number.POSITIVE_INFINITY : Math.max(1, Math.ceil(bytesPerSecond / 50))
    const piece = parcel.bytes.subarray(0, Math.min(perTick, sliceBytes ?? parcel.bytes.length))
    parcel.bytes = parcel.bytes.subarray(piece.length)
    underWayBytes -= piece.length
    const isTaken = to.write(piece)
    if (!isTaken) from.pause()
    else if (underWayBytes < MAX_UNDER_WAY_BYTES) from.resume()
    if (bytesPerSecond === undefined) return
    lineFreeAtMs = Math.max(performance.now(), lineFreeAtMs) + (piece.length / bytesPerSecond) * 1000
  }
  const finish = (how: 'end' | 'reset') => {
    parcels.length = 0
    if (how === 'end') to.end()
    else resetSocket(to)
  }

  from.on('data', (bytes: Buffer) => {
    if (to.destroyed) return
    underWayBytes += bytes.length
    if (underWayBytes >= MAX_UNDER_WAY_BYTES) from.pause()
    post({ bytes })
  })
  from.once('end', () => post({ end: 'end' }))
  from.once('error', () => post({ end: 'reset' }))
  to.on('drain', () => {
    if (underWayBytes < MAX_UNDER_WAY_BYTES) from.resume()
  })
  to.once('close', () => {
    clearTimeout(timer)
    // Read on, or the end of this side would never be seen.
    from.resume()
  })
  from.resume()
  return { wake: deliver }
}
