/**
 * The program that viewers see: the same PIDs, one run of counters and one version of tables over
 * all inputs.
 */
import { Buffer } from 'node:buffer'
import { markBreak } from './break-mark.ts'
import { eachDescriptor, type StreamKind } from './codecs.ts'
import { crc32 } from './crc32.ts'
import { PACKET_BYTES, PAT_PID, setContinuity } from './packet.ts'
import {
  buildPat,
  buildPmt,
  firstOfKind,
  mainStream,
  type Program,
  packSection,
  TRANSPORT_STREAM_ID,
} from './program-tables.ts'
import { type ServiceState, ServiceTable } from './service-table.ts'

const PROGRAM_NUMBER = 1
const PMT_PID = 0x1000
const FIRST_PID: Readonly<Record<StreamKind, number>> = { video: 0x100, audio: 0x110, other: 0x120 }
/** One video; as many of the rest as players can use. */
const MAX_STREAMS: Readonly<Record<StreamKind, number>> = { video: 1, audio: 16, other: 32 }
/** About what muxers put into one packet of audio. */
const DEFAULT_UNIT_TICKS = 9_000
/** ISO_639_language_descriptor (2.6.18). */
const LANGUAGE_TAG = 0x0a

/** A stream of the output. It keeps its PID and its codec for ever. */
export type OutputStream = {
  readonly pid: number
  readonly kind: StreamKind
  readonly codec: string
  readonly language: string
  // biome-ignore-start lint/plugin: whichever part writes its packets counts here
  /** Continuity counter of its last payload. */
  counter: number
  /** Last timestamp sent; the main stream's is the timeline's too. */
  time: number | undefined
  /** How long one of its units may last. */
  unitTicks: number
  /**
   * Bytes of the last unit that were sent, after its PES header: where to continue when that unit
   * comes again.
   */
  unitBytes: number
  // biome-ignore-end lint/plugin: see above
}

/** JSON friendly. */
export type OutputState = {
  readonly streams: readonly Readonly<OutputStream>[]
  readonly tableCounters: readonly [pat: number, pmt: number]
  /** Codec of the video; undefined as long as there was none. */
  readonly video: string | undefined
  readonly tableVersion: number
  readonly tableChecksum: number | undefined
  /** Of an output with a name. */
  readonly service?: ServiceState | undefined
}

const SERVICE = { transportStreamId: TRANSPORT_STREAM_ID, serviceId: PROGRAM_NUMBER }

export class OutputProgram {
  readonly #streams: OutputStream[]
  #patCounter: number
  #pmtCounter: number
  #video: string | undefined
  #tableVersion: number
  #tableChecksum: number | undefined
  /** PAT and PMT as announced; their counters are set at each use. */
  #pat: Buffer = Buffer.alloc(0)
  #pmt: Buffer = Buffer.alloc(0)
  readonly #service: ServiceTable | undefined

  /** @param name of the channel; without it that of the resumed output is kept */
  constructor(resumed?: OutputState, name: string | undefined = resumed?.service?.name) {
    this.#service = name === undefined ? undefined : new ServiceTable(SERVICE, name, resumed?.service)
    this.#streams = resumed?.streams.map((stream) => ({ ...stream })) ?? []
    this.#patCounter = resumed?.tableCounters[0] ?? 15
    this.#pmtCounter = resumed?.tableCounters[1] ?? 15
    this.#video = resumed?.video
    this.#tableVersion = resumed?.tableVersion ?? 0
    this.#tableChecksum = resumed?.tableChecksum
  }

  /** The output was announced, and had no video so far. */
  get isRadio(): boolean {
    return this.#tableChecksum !== undefined && this.#video === undefined
  }

  get video(): string | undefined {
    return this.#video
  }

  /**
   * Why a player of the output so far could not play this program; undefined if it can. The video
   * alone decides.
   */
  refuse(program: Program): string | undefined {
    const video = firstOfKind(program, 'video')?.codec
    if (this.#video === undefined || video === undefined || video === this.#video) return undefined
    return `output is ${this.#video}, input is ${video}`
  }

  /** PIDs of the input → streams of the output. Streams without a place are left out. */
  assign(program: Program): Map<number, OutputStream> {
    const assigned = new Map<number, OutputStream>()
    const taken = new Set<OutputStream>()
    const take = (pid: number, stream: OutputStream | undefined): void => {
      if (stream === undefined) return
      taken.add(stream)
      assigned.set(pid, stream)
    }
    const wanted = program.streams.map(({ pid, kind, codec, descriptors }) => {
      return { pid, kind, codec, language: languageOf(descriptors) }
    })
    // The very same track first, so that two languages which change places keep their PIDs.
    for (const one of wanted) take(one.pid, this.#find(one, taken, true))
    for (const one of wanted) {
      if (!assigned.has(one.pid)) take(one.pid, this.#find(one, taken, false) ?? this.#add(one))
    }
    return assigned
  }

  /** From now on the tables name this program. True if that changes them. */
  announce(program: Program, assigned: ReadonlyMap<number, OutputStream>): boolean {
    this.#video ??= firstOfKind(program, 'video')?.codec
    const main = mainStream(program)
    const announced: Program = {
      programNumber: PROGRAM_NUMBER,
      pmtPid: PMT_PID,
      pcrPid: (main && assigned.get(main.pid)?.pid) ?? 0x1fff,
      streams: program.streams.flatMap((stream) => {
        const pid = assigned.get(stream.pid)?.pid
        return pid === undefined ? [] : [{ ...stream, pid }]
      }),
    }
    const previous = this.#tableChecksum
    this.#tableChecksum = crc32(buildPmt(announced, 0).subarray(0, -4))
    const hasChanged = previous !== undefined && previous !== this.#tableChecksum
    if (hasChanged) this.#tableVersion = (this.#tableVersion + 1) & 0x1f
    this.#pat = packSection(buildPat({ programNumber: PROGRAM_NUMBER, pmtPid: PMT_PID }), PAT_PID, 0)
    this.#pmt = packSection(buildPmt(announced, this.#tableVersion), PMT_PID, 0)
    this.#service?.announce(this.#video === undefined)
    return hasChanged
  }

  /** An output without a name gets none. */
  rename(name: string): void {
    this.#service?.rename(name)
  }

  /**
   * PAT, PMT, and SDT of an output with a name, the next ones; a new buffer. Empty before anything
   * was announced.
   *
   * @param isBreak what precedes them may end within a unit: see {@link markBreak}
   */
  writeTables(isBreak = false): Buffer {
    const tables = Buffer.concat([this.#pat, this.#pmt])
    if (isBreak && this.#pat.length > 0) markBreak(tables)
    this.#patCounter = countPackets(tables.subarray(0, this.#pat.length), this.#patCounter)
    this.#pmtCounter = countPackets(tables.subarray(this.#pat.length), this.#pmtCounter)
    return this.#service === undefined ? tables : Buffer.concat([tables, this.#service.write()])
  }

  snapshot(): OutputState {
    return {
      streams: this.#streams.map((stream) => ({ ...stream })),
      tableCounters: [this.#patCounter, this.#pmtCounter],
      video: this.#video,
      tableVersion: this.#tableVersion,
      tableChecksum: this.#tableChecksum,
      ...(this.#service && { service: this.#service.snapshot() }),
    }
  }

  #find(
    wanted: Pick<OutputStream, 'kind' | 'codec' | 'language'>,
    taken: ReadonlySet<OutputStream>,
    isExact: boolean,
  ): OutputStream | undefined {
    const { kind, codec, language } = wanted
    return this.#streams.find((stream) => {
      const isSame = stream.kind === kind && stream.codec === codec && !taken.has(stream)
      return isSame && (!isExact || stream.language === language)
    })
  }

  #add({ kind, codec, language }: Pick<OutputStream, 'kind' | 'codec' | 'language'>): OutputStream | undefined {
    const count = this.#streams.filter((stream) => stream.kind === kind).length
    if (count >= MAX_STREAMS[kind]) return undefined
    const stream: OutputStream = {
      pid: FIRST_PID[kind] + count,
      kind,
      codec,
      language,
      counter: 15,
      time: undefined,
      unitTicks: kind === 'audio' ? DEFAULT_UNIT_TICKS : 0,
      unitBytes: 0,
    }
    this.#streams.push(stream)
    return stream
  }
}

/** Numbers the packets of one PID from the last counter on; returns the new last one. */
function countPackets(packets: Buffer, last: number): number {
  let counter = last
  for (let at = 0; at < packets.length; at += PACKET_BYTES) {
    counter = (counter + 1) & 0x0f
    setContinuity(packets, at, counter)
  }
  return counter
}

function languageOf(descriptors: Buffer): string {
  for (const descriptor of eachDescriptor(descriptors)) {
    if (descriptor[0] === LANGUAGE_TAG && descriptor.length >= 5) return descriptor.toString('latin1', 2, 5)
  }
  return ''
}
