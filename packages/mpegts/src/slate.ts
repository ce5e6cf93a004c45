/**
 * The output of a channel without input: its last key frame as a still, silence, and a clock that
 * runs on.
 */
import { Buffer } from 'node:buffer'
import { BrokenLinkMarker } from './broken-link.ts'
import type { OutputStream } from './output-program.ts'
import type { OutputWriter } from './output-writer.ts'
import { PACKET_BYTES, payloadOffset } from './packet.ts'
import { type Silence, silenceLike } from './silence.ts'
import type { Timeline } from './timeline.ts'
import { type PesHeader, readPesHeader, TICKS_PER_SECOND, ticksBetween, wrapTicks } from './timestamps.ts'

/**
 * Players expect tables every 500 ms and timestamps every 700 ms (TR 101 290, 1.3, 1.5 and 2.5).
 */
const FRAME_TICKS = (2 * TICKS_PER_SECOND) / 5
/** A clock at least every 100 ms (ISO/IEC 13818-1, 2.7.2). */
const CLOCK_TICKS = TICKS_PER_SECOND / 25
const MAX_SILENCE_TICKS = 10 * TICKS_PER_SECOND
/** Far above a key frame of 8K video. */
const MAX_FRAME_BYTES = 22_000 * PACKET_BYTES
const FIRST_FRAME_BYTES = 512 * PACKET_BYTES

export class Slate {
  readonly #timeline: Timeline
  readonly #writer: OutputWriter
  /** Stream of the key frame that is shown. */
  #frameStream: OutputStream | undefined
  /**
   * That key frame, and the one being received: two buffers take turns, so that none is allocated
   * for each frame.
   */
  #shown: Buffer = Buffer.alloc(0)
  #shownBytes = 0
  #next: Buffer = Buffer.alloc(0)
  #nextBytes = 0
  #audio: { readonly stream: OutputStream; readonly silence: Silence } | undefined
  #isAudioKnown = false
  #sinceFrame = FRAME_TICKS
  /** End of the silence that was written, with fractions of a tick. */
  #silentUntil: number | undefined

  constructor(timeline: Timeline, writer: OutputWriter) {
    this.#timeline = timeline
    this.#writer = writer
  }

  startKeyFrame(): void {
    this.#nextBytes = 0
  }

  /** A packet of the key frame, as it was sent. */
  keepPacket(packets: Buffer, at: number): void {
    if (this.#nextBytes + PACKET_BYTES > this.#next.length && !this.#grow()) return
    packets.copy(this.#next, this.#nextBytes, at, at + PACKET_BYTES)
    this.#nextBytes += PACKET_BYTES
  }

  /** The key frame is complete: from now on it is the one that is shown. */
  endKeyFrame(stream: OutputStream): void {
    if (this.#nextBytes === 0 || this.#nextBytes > MAX_FRAME_BYTES) return
    const spare = this.#shown
    this.#shown = this.#next
    this.#shownBytes = this.#nextBytes
    this.#frameStream = stream
    this.#next = spare
    this.#nextBytes = 0
    this.#sinceFrame = FRAME_TICKS
    this.#silentUntil = undefined
  }

  /** The first packet of a unit of audio; the first one of an input shows the format. */
  keepAudio(stream: OutputStream, packets: Buffer, at: number, { payloadAt }: PesHeader): void {
    this.#silentUntil = undefined
    if (this.#isAudioKnown) return
    this.#isAudioKnown = true
    const end = at + PACKET_BYTES
    const silence = silenceLike(stream.codec, packets.subarray(Math.min(payloadAt, end), end))
    this.#audio = silence && { stream, silence }
  }

  /** Another input: its audio may have another format. */
  forgetAudio(): void {
    this.#isAudioKnown = false
  }

  /**
   * Writes the next `ticks` of the output. Nothing before there was a key frame, or audio of a
   * radio.
   */
  write(ticks: number): void {
    const main = this.#frameStream ?? this.#audio?.stream
    if (main === undefined || this.#timeline.outputTime === undefined) return
    for (let left = ticks; left > 0; left -= CLOCK_TICKS) {
      const step = Math.min(left, CLOCK_TICKS)
      this.#timeline.hold(step)
      this.#sinceFrame += step
      if (this.#frameStream !== undefined && this.#sinceFrame >= FRAME_TICKS) this.#writeFrame(this.#frameStream)
      this.#writer.writeHeldClock(main)
      if (this.#audio !== undefined) this.#writeSilence(this.#audio)
    }
  }

  #writeFrame(stream: OutputStream): void {
    this.#sinceFrame = 0
    const copy = Buffer.from(this.#shown.subarray(0, this.#shownBytes))
    if (BrokenLinkMarker.isNeededFor(stream.codec)) {
      const marker = new BrokenLinkMarker()
      for (let at = 0; at < copy.length; at += PACKET_BYTES) marker.mark(copy, at)
    }
    const header = readPesHeader(copy, payloadOffset(copy, 0), PACKET_BYTES)
    if (header === undefined) return
    const { outputPresentation, outputTime } = this.#timeline
    this.#writer.writeHeldFrame(stream, copy, {
      pts: header.pts === undefined ? undefined : (outputPresentation ?? outputTime),
      dts: header.dts === undefined ? undefined : outputTime,
    })
  }

  /** Whole audio frames up to the time of the video. */
  #writeSilence({ stream, silence }: { readonly stream: OutputStream; readonly silence: Silence }): void {
    const { frame, frameTicks } = silence
    const now = this.#timeline.outputTime!
    const isMain = this.#frameStream === undefined
    let until = this.#silentUntil ?? (isMain || stream.time === undefined ? now : stream.time + stream.unitTicks)
    if (Math.abs(ticksBetween(wrapTicks(Math.round(until)), now)) > MAX_SILENCE_TICKS) until = now
    // Audio before the clock would be played late, or not at all.
    const clock = this.#timeline.outputClock
    if (clock !== undefined && ticksBetween(wrapTicks(Math.round(until)), clock) > 0) until = clock
    this.#silentUntil = until
    const pts = wrapTicks(Math.round(until))
    const frames = Math.floor(ticksBetween(pts, now) / frameTicks)
    if (frames < 1) return
    this.#writer.writeAudio({ stream, isMain, pts, payload: Buffer.alloc(frames * frame.length, frame) })
    this.#silentUntil = until + frames * frameTicks
    stream.time = pts
    stream.unitTicks = Math.ceil(frames * frameTicks)
  }

  #grow(): boolean {
    if (this.#next.length >= MAX_FRAME_BYTES) this.#nextBytes = MAX_FRAME_BYTES + PACKET_BYTES
    if (this.#nextBytes > MAX_FRAME_BYTES) return false
    const larger = Buffer.alloc(Math.max(FIRST_FRAME_BYTES, 2 * this.#next.length))
    this.#next.copy(larger, 0, 0, this.#nextBytes)
    this.#next = larger
    return true
  }
}
