/** What a channel shows while nothing comes: its last key frame as a still picture, silence, and a clock that runs on. */
import { Buffer } from 'node:buffer'
import { markBrokenLink } from './broken-link.ts'
import type { OutputStream } from './output-program.ts'
import type { OutputWriter } from './output-writer.ts'
import { PACKET_BYTES, payloadOffset } from './packet.ts'
import type { PesUnit } from './pes-collector.ts'
import { type Silence, silenceLike } from './silence.ts'
import type { Timeline } from './timeline.ts'
import { readPesHeader, TICKS_PER_SECOND, ticksBetween, wrapTicks } from './timestamps.ts'

/** Players expect tables every 500 ms and time stamps every 700 ms (TR 101 290, 1.3, 1.5 and 2.5). */
const PICTURE_TICKS = (2 * TICKS_PER_SECOND) / 5
/** A clock at least every 100 ms (ISO/IEC 13818-1, 2.7.2). */
const CLOCK_TICKS = TICKS_PER_SECOND / 25
const MAX_SILENCE_TICKS = 10 * TICKS_PER_SECOND

export type Slate = {
  /** A key frame as it was sent, from PES header on. */
  keepPicture(stream: OutputStream, unit: PesUnit): void
  /** A unit of sound; the first one tells the format. */
  keepSound(stream: OutputStream, unit: PesUnit): void
  /** Another input: its sound may have another format. */
  forgetSound(): void
  /** Writes what the next `ticks` of the output show. Nothing before there was a key frame, or sound of a radio. */
  write(ticks: number): void
}

export function createSlate(timeline: Timeline, writer: OutputWriter): Slate {
  let picture: { stream: OutputStream; packets: Buffer } | undefined
  let sound: { stream: OutputStream; silence: Silence } | undefined
  let isSoundKnown = false
  let sincePicture = PICTURE_TICKS
  /** End of the sound that was written, with fractions of a tick. */
  let soundUntil: number | undefined

  function keepPicture(stream: OutputStream, { runs }: PesUnit): void {
    picture = { stream, packets: Buffer.concat(runs) }
    markBrokenLink(stream.codec, [picture.packets])
    sincePicture = PICTURE_TICKS
    soundUntil = undefined
  }

  function keepSound(stream: OutputStream, { runs }: PesUnit): void {
    soundUntil = undefined
    if (isSoundKnown || (sound !== undefined && sound.stream !== stream)) return
    isSoundKnown = true
    const silence = silenceLike(stream.codec, elementaryBytes(runs[0]!))
    sound = silence && { stream, silence }
  }

  function write(ticks: number): void {
    const main = picture?.stream ?? sound?.stream
    if (main === undefined || timeline.outputTime === undefined) return
    for (let left = ticks; left > 0; left -= CLOCK_TICKS) {
      const step = Math.min(left, CLOCK_TICKS)
      timeline.hold(step)
      sincePicture += step
      if (picture !== undefined && sincePicture >= PICTURE_TICKS) writePicture(picture)
      writer.writeHeldClock(main.pid)
      if (sound !== undefined) writeSilence(sound)
    }
  }

  function writePicture({ stream, packets }: NonNullable<typeof picture>): void {
    sincePicture = 0
    const copy = Buffer.from(packets)
    const start = payloadOffset(copy, 0)
    const header = readPesHeader(copy, start, PACKET_BYTES)
    if (header === undefined) return
    const pts = timeline.outputPresentation ?? timeline.outputTime
    writer.writeHeldPicture(stream, copy, {
      pts: header.pts === undefined ? undefined : pts,
      dts: header.dts === undefined ? undefined : timeline.outputTime,
    })
  }

  /** Whole frames up to the time of the picture. */
  function writeSilence({ stream, silence }: NonNullable<typeof sound>): void {
    const { frame, frameTicks } = silence
    const now = timeline.outputTime!
    const isMain = picture === undefined
    soundUntil ??= isMain || stream.time === undefined ? now : stream.time + stream.unitTicks
    if (Math.abs(ticksBetween(wrapTicks(Math.round(soundUntil)), now)) > MAX_SILENCE_TICKS) soundUntil = now
    // What the clock has passed already would be played late, or not at all.
    const clock = timeline.outputClock
    if (clock !== undefined && ticksBetween(wrapTicks(Math.round(soundUntil)), clock) > 0) soundUntil = clock
    const frames = Math.floor(ticksBetween(wrapTicks(Math.round(soundUntil)), now) / frameTicks)
    if (frames < 1) return
    const pts = wrapTicks(Math.round(soundUntil))
    writer.writeSound({ stream, isMain, pts, payload: Buffer.alloc(frames * frame.length, frame) })
    soundUntil += frames * frameTicks
    stream.time = pts
    stream.unitTicks = Math.ceil(frames * frameTicks)
  }

  return {
    keepPicture,
    keepSound,
    forgetSound() {
      isSoundKnown = false
    },
    write,
  }
}

/** What a unit carries in its first packet, behind the PES header. */
function elementaryBytes(run: Buffer): Buffer {
  const start = payloadOffset(run, 0)
  const header = readPesHeader(run, start, PACKET_BYTES)
  return run.subarray(Math.min(header?.payloadAt ?? PACKET_BYTES, PACKET_BYTES), PACKET_BYTES)
}
