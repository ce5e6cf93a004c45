/** The output of a splicer in parts that start with its tables: what segments are made of. */
import { Buffer } from 'node:buffer'
import { judgeAccessUnit } from '../join-point.ts'
import { NULL_PID, PACKET_BYTES, PAT_PID, payloadOffset, pidOf, startsUnit } from '../packet.ts'
import { createProgramReader } from '../program-reader.ts'
import { mainStream, type Program } from '../program-tables.ts'
import { readPesHeader } from '../timestamps.ts'
import { CutUnits } from './cut-units.ts'

export type Fragment = {
  readonly packets: Buffer
  /** Decode time of the first unit of the main stream that starts in it; undefined: none does. */
  readonly ticks: number | undefined
  /** A player can start with it: PAT, PMT, and a key frame (or audio, of a radio). */
  readonly isJoinPoint: boolean
  /** Units of the main stream that start in it. */
  readonly units: number
  readonly program: Program
}

/** So many fragments wait for the end of a unit that has started in the first of them. */
const MAX_HELD = 4

/**
 * Divides the output of a splicer at each PAT. Null packets are left out, because each node inserts
 * its own. Units that were cut have their real length. Nothing is kept of the time before the first
 * PAT and PMT. What becomes of a fragment depends on the bytes from its start on alone, so it is
 * the same for everyone who has them.
 */
export class FragmentSplitter {
  readonly #onFragment: (fragment: Fragment) => void
  readonly #reader = createProgramReader()
  readonly #units = new CutUnits()
  #pieces: Buffer[] = []
  #held: Buffer[] = []

  constructor(onFragment: (fragment: Fragment) => void) {
    this.#onFragment = onFragment
  }

  /** @param packets whole ones, copied: the caller may reuse its buffer */
  push(packets: Buffer): void {
    let from = 0
    const keep = (to: number): void => {
      if (to > from) this.#pieces.push(Buffer.from(packets.subarray(from, to)))
      from = to
    }
    for (let at = 0; at + PACKET_BYTES <= packets.length; at += PACKET_BYTES) {
      const pid = pidOf(packets, at)
      if (pid === PAT_PID && startsUnit(packets, at)) {
        keep(at)
        this.#close()
      } else if (pid === NULL_PID) {
        keep(at)
        from = at + PACKET_BYTES
      }
    }
    keep(packets.length - (packets.length % PACKET_BYTES))
  }

  /** The last fragment ends here: nothing follows. */
  end(): void {
    this.#close()
    this.#release(0)
  }

  #close(): void {
    const packets = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces)
    this.#pieces = []
    if (packets.length === 0) return
    this.#units.push(packets)
    this.#held.push(packets)
    this.#release(MAX_HELD)
  }

  #release(maxHeld: number): void {
    while (this.#held.length > maxHeld || (this.#held.length > 0 && !this.#units.isOpenIn(this.#held[0]!))) {
      const packets = this.#held.shift()!
      this.#units.release(packets)
      this.#read(packets)
    }
  }

  #read(packets: Buffer): void {
    for (let at = 0; at < packets.length; at += PACKET_BYTES) this.#reader.push(packets, at)
    const { program } = this.#reader
    if (program !== undefined) this.#onFragment({ packets, program, ...readUnits(packets, program) })
  }
}

function readUnits(packets: Buffer, program: Program): Pick<Fragment, 'ticks' | 'isJoinPoint' | 'units'> {
  const main = mainStream(program)
  const found: { ticks: number | undefined; isJoinPoint: boolean; units: number } = {
    ticks: undefined,
    isJoinPoint: false,
    units: 0,
  }
  let isFirst = true
  for (let at = 0; at < packets.length; at += PACKET_BYTES) {
    if (pidOf(packets, at) !== main?.pid) continue
    if (startsUnit(packets, at)) {
      const { dts, pts } = readPesHeader(packets, payloadOffset(packets, at), at + PACKET_BYTES) ?? {}
      if (isFirst) found.isJoinPoint = main.kind !== 'video' || judgeAccessUnit(main.codec, packets, at, true) === 'key'
      found.ticks ??= dts ?? pts
      found.units += 1
    }
    isFirst = false
  }
  return found
}
