/**
 * A source that breaks off within a unit (a PES packet) leaves its last frame incomplete, and the
 * unit shorter than its header may say. Browsers stop at the first, other players complain about
 * the second.
 */
import { Buffer } from 'node:buffer'
import { isBreakMark } from '../break-mark.ts'
import { hasPayload, PACKET_BYTES, payloadOffset, pidOf, startsUnit } from '../packet.ts'
import { readPesHeader } from '../timestamps.ts'
import { type PacketPlace, replacePayload } from './replace-payload.ts'
import { wholeFramesEnd } from './whole-frames.ts'

/** A unit whose end has not come yet. */
type OpenUnit = {
  /** Where it starts: packets that may still be changed. */
  readonly packets: Buffer
  /** Infinite if its header does not say. */
  readonly announcedBytes: number
  /** Of its first frame, from its start code. */
  readonly headerBytes: number
  readonly places: PacketPlace[]
  bytes: number
}

/** Bytes of a PES packet up to its length, and with it. */
const LENGTH_AT = 4
const PREFIX_BYTES = 6

export class CutUnits {
  readonly #open = new Map<number, OpenUnit>()

  /**
   * Ends each unit that was cut with its last whole frame; the number of packets stays. Without a
   * known length the last unit before a break may be whole, and is left out nevertheless: the next
   * one is a key frame.
   */
  push(packets: Buffer): void {
    if (isBreakMark(packets)) this.#endAll()
    for (let at = 0; at + PACKET_BYTES <= packets.length; at += PACKET_BYTES) {
      const payloadBytes = at + PACKET_BYTES - payloadOffset(packets, at)
      if (!hasPayload(packets, at) || payloadBytes <= 0) continue
      const pid = pidOf(packets, at)
      if (startsUnit(packets, at)) this.#start(pid, packets, at)
      const unit = this.#open.get(pid)
      if (unit === undefined) continue
      unit.places.push({ packets, at })
      unit.bytes += payloadBytes
      if (unit.bytes >= unit.announcedBytes) this.#open.delete(pid)
    }
  }

  /** Some unit that starts in these packets may still turn out to be cut. */
  isOpenIn(packets: Buffer): boolean {
    return [...this.#open.values()].some((unit) => unit.packets === packets)
  }

  /** These packets are changed no more. */
  release(packets: Buffer): void {
    for (const [pid, unit] of this.#open) if (unit.packets === packets) this.#open.delete(pid)
  }

  #endAll(): void {
    for (const unit of this.#open.values()) {
      if (unit.announcedBytes === Number.POSITIVE_INFINITY) blank(unit)
      else shorten(unit)
    }
    this.#open.clear()
  }

  #start(pid: number, packets: Buffer, at: number): void {
    const before = this.#open.get(pid)
    if (before !== undefined && before.announcedBytes !== Number.POSITIVE_INFINITY) shorten(before)
    this.#open.delete(pid)
    const start = payloadOffset(packets, at)
    const header = readPesHeader(packets, start, at + PACKET_BYTES)
    if (header === undefined) return
    const announcedBytes = header.packetBytes || Number.POSITIVE_INFINITY
    const headerBytes = header.payloadAt - start
    this.#open.set(pid, { packets, announcedBytes, headerBytes, places: [], bytes: 0 })
  }
}

/** Zeros may follow any frame of video (ITU-T H.264 and H.265, annex B). */
function blank({ places, headerBytes }: OpenUnit): void {
  let skip = headerBytes
  for (const { packets, at } of places) {
    const start = payloadOffset(packets, at)
    const from = Math.min(start + skip, at + PACKET_BYTES)
    packets.fill(0, from, at + PACKET_BYTES)
    skip -= from - start
  }
}

function shorten({ places, headerBytes }: OpenUnit): void {
  const all = Buffer.concat(
    places.map(({ packets, at }) => packets.subarray(payloadOffset(packets, at), at + PACKET_BYTES)),
  )
  const end = wholeFramesEnd(all, headerBytes)
  // Each packet keeps a byte, so that its counter stays valid.
  const unit = all.subarray(0, end < places.length ? all.length : end)
  if (unit.length < PREFIX_BYTES) return
  unit.writeUInt16BE(unit.length - PREFIX_BYTES, LENGTH_AT)
  replacePayload(places, unit)
}
