import type { ServerResponse } from 'node:http'
import { NULL_PID, PACKET_BYTES, startPacket } from '../transport-stream/packet-writer.ts'
import type { Broadcast } from './broadcast.ts'
import type { ProviderFaults } from './provider-faults.ts'

/**
 * `reset`: RST. `destroy`: the connection closes in mid-body. `end`: a clean end of the response.
 */
export type StreamCut = 'reset' | 'destroy' | 'end'

export type StreamResponse = {
  readonly user: string
  readonly streamId: string
  readonly agent: string | undefined
  readonly openedAtMs: number
  cut(how: StreamCut): void
}

type StreamContext = {
  readonly user: string
  readonly streamId: string
  readonly agent: string | undefined
  readonly broadcast: Broadcast
  /** Called for each piece, so that faults reach open streams. */
  readonly faults: () => ProviderFaults
  readonly onSent: (bytes: number) => void
  readonly onDropped: (bytes: number) => void
}

/** A client that lets so much pile up gets nothing more until it reads. */
const HIGHEST_UNSENT_BYTES = 4_000_000

const nullPacket = startPacket({ pid: NULL_PID, isUnitStart: false, continuity: 0 }).packet

/** Sends a broadcast to one client, spoilt by the faults of the moment. */
export function startStreamResponse(response: ServerResponse, context: StreamContext): StreamResponse {
  const openedAtMs = performance.now()
  const timers = new Set<NodeJS.Timeout>()
  const later = (ms: number, action: () => void) => timers.add(setTimeout(action, ms))
  let stopListening = () => {}
  let trickle: ReturnType<typeof createTrickle> | undefined
  let isFirst = true

  const write = (bytes: Buffer) => {
    if (bytes.length === 0 || response.writableEnded) return
    if (response.writableLength > HIGHEST_UNSENT_BYTES) return context.onDropped(bytes.length)
    response.write(bytes)
    context.onSent(bytes.length)
  }
  const onBytes = (bytes: Buffer) => {
    const faults = context.faults()
    if (faults.stall) return
    if (isFirst && faults.junkBytesBeforeSync) write(junk(faults.junkBytesBeforeSync))
    isFirst = false
    if (faults.nullPacketsOnly) return write(nullsInsteadOf(bytes))
    if (faults.trickleBytesPerSecond !== undefined) {
      trickle ??= createTrickle()
      return write(trickle(bytes, faults.trickleBytesPerSecond))
    }
    trickle = undefined
    write(faults.partialPackets ? bytes.subarray(0, Math.max(0, bytes.length - 100)) : bytes)
  }
  const listen = () => {
    const { replaySeconds } = context.faults()
    const replay = replaySeconds === undefined ? {} : { replayMs: replaySeconds * 1000 }
    stopListening = context.broadcast.listen({ onBytes, onEnd: () => response.end() }, replay)
  }
  const start = () => {
    // What is in this header is for us alone: no viewer may see it.
    const own = { 'set-cookie': 'session=of-the-provider; Path=/', 'x-provider': 'panel', etag: '"one"' }
    response.writeHead(200, { 'content-type': 'video/mp2t', 'cache-control': 'no-store', ...own })
    response.flushHeaders()
    const { htmlInsteadOfMedia, closeEveryMs } = context.faults()
    if (htmlInsteadOfMedia) return void response.end('<!doctype html><title>Limit</title><h1>Too many connections</h1>')
    if (closeEveryMs !== undefined) later(closeEveryMs, () => response.end())
    listen()
  }
  response.once('close', () => {
    stopListening()
    for (const timer of timers) clearTimeout(timer)
  })
  const { firstByteDelayMs } = context.faults()
  if (firstByteDelayMs === undefined) start()
  else later(firstByteDelayMs, start)

  return {
    user: context.user,
    streamId: context.streamId,
    agent: context.agent,
    openedAtMs,
    cut: (how) => {
      if (how === 'end') response.end()
      else if (how === 'reset') response.socket?.resetAndDestroy()
      else response.destroy()
    },
  }
}

/**
 * A line that is too slow: what does not go through now comes later, up to 1 MB, then whole pieces
 * are lost.
 */
function createTrickle() {
  let startedAtMs: number | undefined
  let sent = 0
  let waiting = Buffer.alloc(0)
  return (bytes: Buffer, bytesPerSecond: number): Buffer => {
    startedAtMs ??= performance.now()
    if (waiting.length < 1_000_000) waiting = Buffer.concat([waiting, bytes])
    const allowed = ((performance.now() - startedAtMs) / 1000) * bytesPerSecond - sent
    const piece = waiting.subarray(0, Math.max(0, Math.floor(allowed / PACKET_BYTES)) * PACKET_BYTES)
    waiting = waiting.subarray(piece.length)
    sent += piece.length
    return piece
  }
}

function nullsInsteadOf(bytes: Buffer): Buffer {
  return Buffer.concat(Array.from({ length: Math.floor(bytes.length / PACKET_BYTES) }, () => nullPacket))
}

/** Never the sync byte, so that no packet is found in it. */
function junk(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => 0x80 | ((index * 7) % 0x80)))
}
