import { AUDIO_FRAME_TAIL, AUDIO_FRAME_TICKS, AUDIO_STREAM_TYPE, audioFrameHead } from './audio-frames.ts'
import { type MakerSettings, makerSettings, type TransportStreamMakerOptions } from './maker-options.ts'
import { MakerSchedule, type ScheduledPacket } from './maker-schedule.ts'
import { MARK_OFFSET, MARKED_PACKET_TAIL_BYTES, writeMark } from './packet-mark.ts'
import { type AdaptationField, NULL_PID, PACKET_BYTES, pesHeader, startPacket, TICKS_WRAP } from './packet-writer.ts'
import { type Program, programAssociationSection, programMapSection } from './program-sections.ts'
import { frameHead, STREAM_TYPE_OF } from './video-frames.ts'

export type MadeChunk = {
  /** Whole packets. */
  readonly bytes: Buffer
  /**
   * Offsets of the places where a player can start: the PAT before a key frame, or the key frame if
   * there are no tables.
   */
  readonly joinOffsets: number[]
}

export type TransportStreamMaker = {
  /** The packets of the next `ms` of media. */
  next(ms: number): Buffer
  /** As `next`, with the join points in it. */
  nextChunk(ms: number): MadeChunk
  /**
   * Leaves out `ms` of media at least, up to the next group of pictures; counters and sequence go
   * on without a hole.
   */
  skip(ms: number): void
  /** One PAT and one PMT packet. */
  tables(): Buffer
  /** Media made so far. */
  mediaMs(): number
  /**
   * The number of the next media packet of a PID. Each PID is numbered apart: how they are
   * interleaved is no fault.
   */
  nextSequence(pid: number): number
}

/**
 * From a packet's own clock to the time at which its frame is decoded, and on to when it is shown.
 */
const DECODE_DELAY_TICKS = 18_000
const SHOW_DELAY_TICKS = 7_200

const VIDEO_STREAM_ID = 0xe0
const AUDIO_STREAM_ID = 0xc0

/**
 * Makes a synthetic, valid transport stream (ISO/IEC 13818-1) of which every media packet states
 * where it comes from and which number it has. H.264 with AAC decodes without errors (a grey frame
 * and silence). Deterministic: the same options give the same bytes, however they are asked for.
 *
 * @throws Error on ids that do not fit into a packet, or a stream without media.
 */
export function createTransportStreamMaker(options: TransportStreamMakerOptions = {}): TransportStreamMaker {
  const settings = makerSettings(options)
  const schedule = new MakerSchedule(settings)
  const packets = new PacketMaker(settings, schedule)
  let pending: ScheduledPacket[] = []
  let mediaMs = 0

  const nextChunk = (ms: number): MadeChunk => {
    mediaMs += ms
    const endTicks = Math.round(mediaMs * 90)
    while (schedule.nextSlotTicks < endTicks) pending.push(...schedule.nextSlot())
    const firstLater = pending.findIndex((packet) => packet.atTicks >= endTicks)
    const due = pending.splice(0, firstLater < 0 ? pending.length : firstLater)
    return packets.make(due)
  }
  return {
    nextChunk,
    next: (ms) => nextChunk(ms).bytes,
    skip: (ms) => {
      pending = []
      schedule.skipTo((mediaMs + ms) * 90)
      mediaMs = schedule.nextSlotTicks / 90
    },
    tables: () => packets.make([{ kind: 'tables', atTicks: mediaMs * 90 }]).bytes,
    mediaMs: () => mediaMs,
    nextSequence: (pid) => packets.nextSequence(pid),
  }
}

class PacketMaker {
  readonly #settings: MakerSettings
  readonly #schedule: MakerSchedule
  readonly #program: Program
  readonly #continuity = new Map<number, number>()
  readonly #sequences = new Map<number, number>()
  #lastPcrTicks = Number.NEGATIVE_INFINITY

  constructor(settings: MakerSettings, schedule: MakerSchedule) {
    this.#settings = settings
    this.#schedule = schedule
    this.#program = programOf(settings)
  }

  nextSequence(pid: number): number {
    return this.#sequences.get(pid) ?? this.#settings.firstSequence(pid)
  }

  make(scheduled: ScheduledPacket[]): MadeChunk {
    const made: Buffer[] = []
    const joinOffsets: number[] = []
    let afterTables = false
    for (const packet of scheduled) {
      const isJoin = packet.kind === 'video' && packet.part === 0 && this.#schedule.isKeyFrame(packet.frame)
      if (isJoin) joinOffsets.push((made.length - (afterTables ? 2 : 0)) * PACKET_BYTES)
      made.push(...this.#makePackets(packet))
      afterTables = packet.kind === 'tables'
    }
    return { bytes: Buffer.concat(made), joinOffsets }
  }

  #makePackets(scheduled: ScheduledPacket): Buffer[] {
    switch (scheduled.kind) {
      case 'tables':
        return [
          this.#section(0, programAssociationSection(this.#program)),
          this.#section(this.#program.pmtPid, programMapSection(this.#program)),
        ]
      case 'null':
        return [startPacket({ pid: NULL_PID, isUnitStart: false, continuity: 0 }).packet]
      case 'video':
        return [this.#video(scheduled)]
      case 'audio':
        return [this.#audio(scheduled)]
    }
  }

  #section(pid: number, section: Buffer): Buffer {
    const { packet, payloadStart } = this.#start(pid, true)
    packet[payloadStart] = 0
    section.copy(packet, payloadStart + 1)
    return packet
  }

  #video(scheduled: ScheduledPacket & { readonly kind: 'video' }): Buffer {
    const { frame, part, parts, atTicks } = scheduled
    const isFirst = part === 0
    const isKeyFrame = this.#schedule.isKeyFrame(frame)
    const pcr = this.#pcrAt(atTicks, isFirst)
    const isRandomAccess = isFirst && isKeyFrame && this.#settings.hasRandomAccessIndicator
    const { packet, payloadStart } = this.#start(this.#settings.videoPid, isFirst, { ...pcr, isRandomAccess })
    let elementaryStart = payloadStart
    if (isFirst) {
      const dtsTicks = this.#stampAt(frame * this.#schedule.slotTicks + DECODE_DELAY_TICKS)
      const header = pesHeader({
        streamId: VIDEO_STREAM_ID,
        elementaryBytes: 0,
        ptsTicks: dtsTicks + SHOW_DELAY_TICKS,
        dtsTicks,
      })
      elementaryStart += header.copy(packet, payloadStart)
      const { framesPerGroup } = this.#schedule
      const head = frameHead(this.#settings.video as Exclude<MakerSettings['video'], 'none'>, {
        isKeyFrame,
        positionInGroup: frame % framesPerGroup,
        group: Math.floor(frame / framesPerGroup),
        framesPerSecond: this.#settings.framesPerSecond,
      })
      assertFits(elementaryStart + head.length)
      head.copy(packet, elementaryStart)
    }
    // The stop bit of the filler unit, ISO/IEC 14496-10, 7.3.2.7.
    if (part === parts - 1) packet[PACKET_BYTES - 1] = 0x80
    return this.#marked(packet, elementaryStart, atTicks)
  }

  #audio(scheduled: ScheduledPacket & { readonly kind: 'audio' }): Buffer {
    const { frame, part, parts, atTicks } = scheduled
    const isFirst = part === 0
    const pcr = this.#settings.video === 'none' && isFirst ? this.#pcrAt(atTicks, false) : {}
    const isRandomAccess = this.#settings.video === 'none' && isFirst && this.#settings.hasRandomAccessIndicator
    const { packet, payloadStart } = this.#start(this.#settings.audioPid, isFirst, { ...pcr, isRandomAccess })
    let elementaryStart = payloadStart
    if (isFirst) {
      const headerBytes = 14
      const frameBytes = PACKET_BYTES - payloadStart - headerBytes + (parts - 1) * (PACKET_BYTES - 4)
      const ptsTicks = this.#stampAt(frame * AUDIO_FRAME_TICKS + DECODE_DELAY_TICKS + SHOW_DELAY_TICKS)
      const header = pesHeader({ streamId: AUDIO_STREAM_ID, elementaryBytes: frameBytes, ptsTicks })
      elementaryStart += header.copy(packet, payloadStart)
      const head = audioFrameHead(frameBytes)
      assertFits(elementaryStart + head.length)
      head.copy(packet, elementaryStart)
    }
    if (part === parts - 1) AUDIO_FRAME_TAIL.copy(packet, PACKET_BYTES - AUDIO_FRAME_TAIL.length)
    return this.#marked(packet, elementaryStart, atTicks)
  }

  #marked(packet: Buffer, elementaryStart: number, atTicks: number): Buffer {
    const { sourceId, streamId, clockNs } = this.#settings
    const pid = packet.readUInt16BE(1) & 0x1fff
    const sequence = this.nextSequence(pid)
    this.#sequences.set(pid, sequence + 1)
    writeMark(packet, { sourceId, streamId, sequence, madeAtNs: clockNs(atTicks / 90) }, elementaryStart)
    return packet
  }

  #start(pid: number, isUnitStart: boolean, adaptation: AdaptationField = {}) {
    const continuity = this.#continuity.get(pid) ?? 0
    this.#continuity.set(pid, (continuity + 1) % 16)
    return startPacket({ pid, isUnitStart, continuity }, adaptation)
  }

  #pcrAt(atTicks: number, isFrameStart: boolean): { readonly pcrTicks?: number } {
    const everyTicks = this.#settings.pcrEveryMs * 90
    if (everyTicks === 0) return {}
    if (!isFrameStart && atTicks - this.#lastPcrTicks < everyTicks) return {}
    this.#lastPcrTicks = atTicks
    return { pcrTicks: this.#stampAt(atTicks) }
  }

  #stampAt(atTicks: number): number {
    return Math.floor(this.#settings.startTicks + atTicks) % TICKS_WRAP
  }
}

function programOf(settings: MakerSettings): Program {
  const { video, hasAudio, videoPid, audioPid } = settings
  const videoStreams =
    video === 'none' ? [] : [{ pid: videoPid, streamType: settings.videoStreamType ?? STREAM_TYPE_OF[video] }]
  const audioStreams = hasAudio ? [{ pid: audioPid, streamType: settings.audioStreamType ?? AUDIO_STREAM_TYPE }] : []
  return {
    transportStreamId: 1,
    programNumber: settings.programNumber,
    pmtPid: settings.pmtPid,
    pcrPid: video === 'none' ? audioPid : videoPid,
    version: settings.tableVersion,
    streams: [...videoStreams, ...audioStreams],
  }
}

function assertFits(end: number): void {
  if (end > MARK_OFFSET)
    throw new Error(`The head of a frame is ${end - MARK_OFFSET} bytes too long for its first packet`)
}

// The tail of a packet must hold what ends a frame.
if (AUDIO_FRAME_TAIL.length > MARKED_PACKET_TAIL_BYTES) throw new Error('The tail of a marked packet is too short')
