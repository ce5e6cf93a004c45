import { AUDIO_FRAME_TICKS } from './audio-frames.ts'
import type { MakerSettings } from './maker-options.ts'

/**
 * One packet that is to be made at a point of the media time, in ticks of 90 kHz from the start.
 */
export type ScheduledPacket = { readonly atTicks: number } & (
  | { readonly kind: 'tables' | 'null' }
  | { readonly kind: 'video'; readonly frame: number; readonly part: number; readonly parts: number }
  | { readonly kind: 'audio'; readonly frame: number; readonly part: number; readonly parts: number }
)

/** A key frame gets so many times the packets of another. */
const KEY_FRAME_WEIGHT = 4

/** Which packets a stream consists of, slot by slot; a slot is the time of one video frame. */
export class MakerSchedule {
  readonly slotTicks: number
  readonly framesPerGroup: number
  readonly #settings: MakerSettings
  #slot = 0
  #unspentPackets = 0
  #nextTablesTicks = 0
  #nextNullTicks = 0

  constructor(settings: MakerSettings) {
    this.#settings = settings
    this.slotTicks = 90_000 / settings.framesPerSecond
    this.framesPerGroup = Math.max(1, Math.round((settings.gopMs / 1000) * settings.framesPerSecond))
  }

  get nextSlotTicks(): number {
    return this.#slot * this.slotTicks
  }

  isKeyFrame(frame: number): boolean {
    return frame % this.framesPerGroup === 0
  }

  /** Goes on to the first group of pictures at or after this time. */
  skipTo(ticks: number): void {
    const groupTicks = this.slotTicks * this.framesPerGroup
    this.#slot = Math.max(this.#slot, Math.ceil(ticks / groupTicks) * this.framesPerGroup)
    this.#nextTablesTicks = this.nextSlotTicks
    this.#nextNullTicks = this.nextSlotTicks
  }

  /** The packets of the next slot in the order of their time. */
  nextSlot(): ScheduledPacket[] {
    const frame = this.#slot++
    const start = frame * this.slotTicks
    const [nulls, tables, audio] = [this.#nulls(start), this.#tables(start, frame), this.#audio(start)]
    const otherPackets = nulls.length + tables.length + audio.length
    const video = this.#settings.video === 'none' ? [] : this.#video({ start, frame, otherPackets })
    // The sort is stable: of the same time, tables come right before video, and video before audio.
    return [...tables, ...video, ...audio, ...nulls].sort((one, other) => one.atTicks - other.atTicks)
  }

  #tables(start: number, frame: number): ScheduledPacket[] {
    const everyTicks = this.#settings.tablesEveryMs * 90
    if (everyTicks === 0) return []
    const hasKeyFrame = this.#settings.video !== 'none' && this.isKeyFrame(frame)
    if (hasKeyFrame) this.#nextTablesTicks = start
    const found: ScheduledPacket[] = []
    for (; this.#nextTablesTicks < start + this.slotTicks; this.#nextTablesTicks += everyTicks) {
      found.push({ kind: 'tables', atTicks: this.#nextTablesTicks })
    }
    return found
  }

  #nulls(start: number): ScheduledPacket[] {
    const perSecond = this.#settings.nullPacketsPerSecond
    const found: ScheduledPacket[] = []
    for (; perSecond > 0 && this.#nextNullTicks < start + this.slotTicks; this.#nextNullTicks += 90_000 / perSecond) {
      found.push({ kind: 'null', atTicks: this.#nextNullTicks })
    }
    return found
  }

  #audio(start: number): ScheduledPacket[] {
    const found: ScheduledPacket[] = []
    if (!this.#settings.hasAudio) return found
    const parts = this.#settings.packetsPerAudioFrame
    for (
      let frame = Math.ceil(start / AUDIO_FRAME_TICKS);
      frame * AUDIO_FRAME_TICKS < start + this.slotTicks;
      frame++
    ) {
      for (let part = 0; part < parts; part++)
        found.push({ kind: 'audio', atTicks: frame * AUDIO_FRAME_TICKS, frame, part, parts })
    }
    return found
  }

  #video(slot: { readonly start: number; readonly frame: number; readonly otherPackets: number }): ScheduledPacket[] {
    const packetsPerSlot = this.#settings.bitsPerSecond / this.#settings.framesPerSecond / 8 / 188
    const perFrame = Math.max(1, packetsPerSlot - slot.otherPackets)
    const keyShare = Math.min(KEY_FRAME_WEIGHT, this.framesPerGroup)
    const otherShare = this.framesPerGroup === 1 ? 0 : (this.framesPerGroup - keyShare) / (this.framesPerGroup - 1)
    const wanted = perFrame * (this.isKeyFrame(slot.frame) ? keyShare : otherShare) + this.#unspentPackets
    const parts = Math.max(1, Math.floor(wanted))
    this.#unspentPackets = Math.max(0, wanted - parts)
    return Array.from({ length: parts }, (_, part) => {
      const atTicks = slot.start + (part * this.slotTicks) / parts
      return { kind: 'video' as const, atTicks, frame: slot.frame, part, parts }
    })
  }
}
