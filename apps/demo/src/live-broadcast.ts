import type { Writable } from 'node:stream'
import {
  createLoop,
  hasRandomAccess,
  type LoopPiece,
  PACKET_BYTES,
  PAT_PID,
  pidOf,
  TICKS_PER_SECOND,
} from '@kptv/mpegts'
import { CLIP_TICKS } from './demo-channels.ts'

const VIDEO_PID = 0x100
const TICKS_PER_MS = TICKS_PER_SECOND / 1_000
const TURN_MS = 40
/**
 * How much media a receiver gets at once, from the key frame before it on; the clips have one per
 * second.
 */
const BURST_TICKS = TICKS_PER_SECOND
const TABLES_TICKS = TICKS_PER_SECOND / 5
/** A receiver that takes nothing for this long is not watching. */
const MAX_UNSENT_BYTES = 4 * 1024 * 1024

export type Clock = { monotonicMs(): number }

/**
 * Sends the endless stream of a clip to one receiver in real time, paced by its PCR. Every receiver
 * of a clip sees the same moment, as on air. It starts with tables and a key frame.
 *
 * @param out never ended here: the broadcast stops when it closes
 */
export function broadcast(
  clip: Buffer,
  out: Writable,
  { clock, startedMs }: { readonly clock: Clock; readonly startedMs: number },
): void {
  const liveTicks = () => Math.round((clock.monotonicMs() - startedMs) * TICKS_PER_MS)
  // A little earlier, because the tables of a key frame precede it.
  const startTicks = Math.max(0, keyFrameBefore(liveTicks() - BURST_TICKS) - TABLES_TICKS)
  const loop = createLoop(clip, { durationTicks: CLIP_TICKS, startTicks })
  let due: LoopPiece = fromTables(() => loop.next())

  const send = () => {
    if (out.writableLength > MAX_UNSENT_BYTES) {
      out.destroy()
      return
    }
    for (const now = liveTicks(); due.atTicks <= now; due = loop.next()) out.write(due.packets)
  }
  const turns = setInterval(send, TURN_MS)
  out.once('close', () => clearInterval(turns))
  send()
}

/**
 * The newest key frame that is due at `ticks` or earlier: they come at whole seconds of each loop.
 */
function keyFrameBefore(ticks: number): number {
  const round = Math.floor(Math.max(0, ticks) / CLIP_TICKS)
  const inRound = Math.max(0, ticks) - round * CLIP_TICKS
  return round * CLIP_TICKS + Math.floor(inRound / TICKS_PER_SECOND) * TICKS_PER_SECOND
}

/** Joins pieces until there is a key frame with its tables, and drops everything before them. */
function fromTables(next: () => LoopPiece): LoopPiece {
  let packets: Buffer = Buffer.alloc(0)
  for (;;) {
    const piece = next()
    packets = Buffer.concat([packets, piece.packets])
    const start = findTablesOfKeyFrame(packets)
    if (start >= 0) return { packets: packets.subarray(start), atTicks: piece.atTicks }
  }
}

function findTablesOfKeyFrame(packets: Buffer): number {
  for (let offset = 2 * PACKET_BYTES; offset < packets.length; offset += PACKET_BYTES) {
    const tables = offset - 2 * PACKET_BYTES
    if (isKeyFrame(packets, offset) && pidOf(packets, tables) === PAT_PID) return tables
  }
  return -1
}

function isKeyFrame(packets: Buffer, offset: number): boolean {
  return pidOf(packets, offset) === VIDEO_PID && hasRandomAccess(packets, offset)
}
