/** Gathers the packets of one PID into whole PES packets, so that half of one never reaches a viewer. */
import { Buffer } from 'node:buffer'
import {
  continuityOf,
  hasDiscontinuity,
  hasPayload,
  hasTransportError,
  isScrambled,
  PACKET_BYTES,
  payloadOffset,
  startsUnit,
} from './packet.ts'
import { type PesHeader, readPesHeader } from './timestamps.ts'

/** Far above a key frame of 8K video; an input that never starts a PES packet anew cannot make us grow. */
const MAX_UNIT_BYTES = 4 * 1024 * 1024
/** Each run keeps a whole pushed buffer in memory, however short it is. */
const MAX_RUNS = 64
/** An input whose counters are wrong this often in a row does not count at all: they are not believed any more. */
const HOPELESS_LOSSES = 16

/** What went wrong in the inputs so far, in packets unless the name says otherwise. */
export type InputFaults = {
  transportErrors: number
  scrambled: number
  duplicates: number
  /** Breaks of a continuity counter; each is one packet or more. */
  losses: number
  damagedUnits: number
  /** Units whose time stamps did not fit to the rest of the input. */
  strayUnits: number
}

/** One PES packet. */
export type PesUnit = {
  /** Its transport packets in order, as views of the buffers that were pushed. */
  runs: Buffer[]
  header: PesHeader
  /** The end is missing: packets were lost. */
  isDamaged: boolean
  hasDiscontinuity: boolean
  /** The clock of the input when the unit started. */
  clockTicks: number | undefined
}

export type PesCollector = {
  /** False for a packet to ignore: a repeated one, one with bit errors, a scrambled one. Ask once for each packet. */
  admit(packets: Buffer, offset: number): boolean
  /** Ends the unit in progress because the next one starts. */
  finish(): PesUnit | undefined
  /** Adds a packet; answers the unit that it completes by the length that the unit announced. */
  add(packets: Buffer, offset: number, clockTicks: number | undefined): PesUnit | undefined
  /** Bytes that are kept at the moment. */
  readonly keptBytes: number
}

type Run = { buffer: Buffer; start: number; end: number }
type UnitInProgress = Omit<PesUnit, 'runs'> & { runs: Run[]; bytes: number; payloadBytes: number }

/**
 * A PES packet ends where the next one starts, or by its own length (ISO/IEC 13818-1, 2.4.3.7).
 * After a loss the rest of the unit is dropped: what is left of it is marked as damaged.
 */
export function createPesCollector(faults: InputFaults): PesCollector {
  let unit: UnitInProgress | undefined
  let continuity = -1
  let fingerprint = 0
  let lossesInARow = 0

  function admit(packets: Buffer, offset: number): boolean {
    if (hasTransportError(packets, offset)) {
      faults.transportErrors += 1
      return false
    }
    if (isScrambled(packets, offset)) {
      faults.scrambled += 1
      damage()
      continuity = -1
      return false
    }
    if (!hasPayload(packets, offset)) return true

    const previous = continuity
    const previousFingerprint = fingerprint
    continuity = continuityOf(packets, offset)
    fingerprint = fingerprintOf(packets, offset)
    if (continuity === previous && fingerprint === previousFingerprint) {
      faults.duplicates += 1
      return false
    }
    if (previous === -1 || continuity === ((previous + 1) & 0x0f)) {
      lossesInARow = 0
    } else if (!hasDiscontinuity(packets, offset)) {
      faults.losses += 1
      lossesInARow += 1
      if (lossesInARow < HOPELESS_LOSSES) damage()
    }
    return true
  }

  function damage(): void {
    if (unit === undefined || unit.isDamaged) return
    unit.isDamaged = true
    faults.damagedUnits += 1
  }

  function finish(): PesUnit | undefined {
    const finished = unit
    unit = undefined
    if (finished === undefined) return undefined
    return {
      header: finished.header,
      isDamaged: finished.isDamaged,
      hasDiscontinuity: finished.hasDiscontinuity,
      clockTicks: finished.clockTicks,
      runs: finished.runs.map(viewOf),
    }
  }

  function add(packets: Buffer, offset: number, clockTicks: number | undefined): PesUnit | undefined {
    const end = offset + PACKET_BYTES
    const start = payloadOffset(packets, offset)
    if (startsUnit(packets, offset) && hasPayload(packets, offset)) {
      const header = readPesHeader(packets, start, end)
      unit = header && {
        header,
        isDamaged: false,
        hasDiscontinuity: false,
        clockTicks,
        runs: [],
        bytes: 0,
        payloadBytes: 0,
      }
      if (header === undefined) faults.damagedUnits += 1
    }
    if (unit === undefined || unit.isDamaged) return undefined

    unit.hasDiscontinuity ||= hasDiscontinuity(packets, offset)
    unit.bytes += PACKET_BYTES
    unit.payloadBytes += end - start
    const last = unit.runs.at(-1)
    if (last?.buffer === packets && last.end === offset) last.end = end
    else unit.runs.push({ buffer: packets, start: offset, end })
    if (unit.runs.length > MAX_RUNS) unit.runs = [mergeRuns(unit.runs)]

    if (unit.bytes > MAX_UNIT_BYTES) {
      unit = undefined
      faults.damagedUnits += 1
      return undefined
    }
    const { packetBytes } = unit.header
    return packetBytes > 0 && unit.payloadBytes >= packetBytes ? finish() : undefined
  }

  return {
    admit,
    finish,
    add,
    get keptBytes() {
      return unit?.bytes ?? 0
    },
  }
}

function viewOf({ buffer, start, end }: Run): Buffer {
  return buffer.subarray(start, end)
}

function mergeRuns(runs: readonly Run[]): Run {
  const buffer = Buffer.concat(runs.map(viewOf))
  return { buffer, start: 0, end: buffer.length }
}

/** Tells a repeated packet from another one with the same counter. A few bytes of it will do. */
function fingerprintOf(packets: Buffer, offset: number): number {
  return packets.readInt32LE(offset + 184) ^ packets.readInt32LE(offset + 100) ^ packets.readInt32LE(offset + 20)
}
