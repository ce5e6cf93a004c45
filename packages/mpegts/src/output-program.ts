/** The program that viewers see: the same PIDs, one run of counters and one version of tables over all inputs. */
import { Buffer } from 'node:buffer'
import type { StreamKind } from './codecs.ts'
import { crc32 } from './crc32.ts'
import { PACKET_BYTES, PAT_PID } from './packet.ts'
import {
  buildPat,
  buildPmt,
  codecSignature,
  type ElementaryStream,
  firstOfKind,
  mainStream,
  type Program,
  packSection,
} from './program-tables.ts'

const PROGRAM_NUMBER = 1
const PMT_PID = 0x1000
const FIRST_PID: Record<StreamKind, number> = { video: 0x100, audio: 0x110, other: 0x120 }
/** One video; as many of the rest as players can use. */
const MAX_STREAMS: Record<StreamKind, number> = { video: 1, audio: 16, other: 32 }

/** About what muxers put into one packet of sound. */
const DEFAULT_UNIT_TICKS = 9_000

/** A stream of the output. It keeps its PID and its codec for ever. */
export type OutputStream = {
  pid: number
  kind: StreamKind
  codec: string
  /** Last time stamp sent; the main stream has its own in the timeline. */
  time: number | undefined
  /** How long one of its units may last. */
  unitTicks: number
}

/** JSON friendly. */
export type OutputState = {
  streams: OutputStream[]
  continuity: Array<[pid: number, counter: number]>
  video: string | undefined
  audio: string | undefined
  tableVersion: number
  tableChecksum: number | undefined
}

export type OutputProgram = {
  /** Why a player of the output so far could not play this program; undefined if it can. */
  refuse(program: Program, isSameInput: boolean): string | undefined
  /** PIDs of the input → streams of the output. Streams that find no place are left out. */
  assign(program: Program): Map<number, OutputStream>
  /** From now on the tables tell of this program. True if that changes them. */
  announce(program: Program, streams: ReadonlyMap<number, OutputStream>): boolean
  /** PAT and PMT. */
  writeTables(): Buffer
  /** The counter for the next packet of this PID: it advances with each payload. */
  nextContinuity(pid: number, hasPayload: boolean): number
  readonly signature: string | undefined
  snapshot(): OutputState
}

export function createOutputProgram(resumed?: OutputState): OutputProgram {
  const streams: OutputStream[] = resumed?.streams.map((stream) => ({ ...stream })) ?? []
  const continuity = new Map<number, number>(resumed?.continuity)
  let { video, audio, tableChecksum } = resumed ?? {}
  let tableVersion = resumed?.tableVersion ?? 0
  let announced: Program | undefined

  function refuse(program: Program, isSameInput: boolean): string | undefined {
    const output = currentSignature()
    if (output === undefined || codecSignature(program) === output) return undefined
    const inputAudio = firstOfKind(program, 'audio')?.codec
    const isSameVideo = firstOfKind(program, 'video')?.codec === video
    const mayComeOrGo = isSameInput && video !== undefined && (inputAudio === undefined || audio === undefined)
    if (isSameVideo && mayComeOrGo) return undefined
    return `output is ${output}, input is ${codecSignature(program) || 'nothing playable'}`
  }

  function assign(program: Program): Map<number, OutputStream> {
    const assigned = new Map<number, OutputStream>()
    const taken = new Set<OutputStream>()
    for (const { pid, kind, codec } of program.streams) {
      const stream = findFree(kind, codec, taken) ?? addStream(kind, codec)
      if (stream === undefined) continue
      taken.add(stream)
      assigned.set(pid, stream)
    }
    return assigned
  }

  function findFree(kind: StreamKind, codec: string, taken: ReadonlySet<OutputStream>): OutputStream | undefined {
    return streams.find((stream) => stream.kind === kind && stream.codec === codec && !taken.has(stream))
  }

  function addStream(kind: StreamKind, codec: string): OutputStream | undefined {
    const count = streams.filter((stream) => stream.kind === kind).length
    if (count >= MAX_STREAMS[kind]) return undefined
    const stream: OutputStream = {
      pid: FIRST_PID[kind] + count,
      kind,
      codec,
      time: undefined,
      unitTicks: kind === 'audio' ? DEFAULT_UNIT_TICKS : 0,
    }
    streams.push(stream)
    return stream
  }

  function announce(program: Program, assigned: ReadonlyMap<number, OutputStream>): boolean {
    video ??= firstOfKind(program, 'video')?.codec
    audio ??= firstOfKind(program, 'audio')?.codec
    const withPid = (stream: ElementaryStream) => ({ ...stream, pid: assigned.get(stream.pid)?.pid ?? 0 })
    const main = mainStream(program)
    announced = {
      programNumber: PROGRAM_NUMBER,
      pmtPid: PMT_PID,
      pcrPid: (main && assigned.get(main.pid)?.pid) ?? 0x1fff,
      streams: program.streams.map(withPid).filter((stream) => stream.pid !== 0),
    }
    const previous = tableChecksum
    tableChecksum = crc32(buildPmt(announced, 0).subarray(0, -4))
    const hasChanged = previous !== undefined && previous !== tableChecksum
    if (hasChanged) tableVersion = (tableVersion + 1) & 0x1f
    return hasChanged
  }

  function writeTables(): Buffer {
    if (announced === undefined) return Buffer.alloc(0)
    return Buffer.concat([
      pack(buildPat({ programNumber: PROGRAM_NUMBER, pmtPid: PMT_PID }), PAT_PID),
      pack(buildPmt(announced, tableVersion), PMT_PID),
    ])
  }

  function pack(section: Buffer, pid: number): Buffer {
    const first = nextContinuity(pid, true)
    const packets = packSection(section, pid, first)
    continuity.set(pid, (first + packets.length / PACKET_BYTES - 1) & 0x0f)
    return packets
  }

  function nextContinuity(pid: number, hasPayload: boolean): number {
    const counter = ((continuity.get(pid) ?? 15) + (hasPayload ? 1 : 0)) & 0x0f
    continuity.set(pid, counter)
    return counter
  }

  function currentSignature(): string | undefined {
    return [video, audio].filter((codec) => codec !== undefined).join('+') || undefined
  }

  return {
    refuse,
    assign,
    announce,
    writeTables,
    nextContinuity,
    get signature() {
      return currentSignature()
    },
    snapshot: () => ({
      streams: streams.map((stream) => ({ ...stream })),
      continuity: [...continuity],
      video,
      audio,
      tableVersion,
      tableChecksum,
    }),
  }
}
