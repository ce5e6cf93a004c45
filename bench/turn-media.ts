/** Transport streams, and what calls itself one, that cost most for their length. */
import { PACKET_BYTES } from '@kptv/mpegts'
import { createTransportStreamMaker } from '@kptv/testkit'

type TurnMedia = { readonly name: string; readonly bytes: number; make(bytes: number): Buffer }

const MEGABYTE = 1024 ** 2
const SYNC = 0x47
const PES = [0, 0, 1, 0xe0, 0, 0, 0x80, 0x80, 5, 0x21, 0, 1, 0, 1]

const real = (bytes: number): Buffer => {
  const maker = createTransportStreamMaker({ bitsPerSecond: 8e6 })
  return maker.next((bytes * 8) / 8e3)
}

/** Tables of a real stream, then packets made from their number. */
const behindTables = (
  bytes: number,
  packet: (number: number) => { readonly pid: number; readonly starts: boolean; readonly payload: readonly number[] },
): Buffer => {
  const tables = createTransportStreamMaker().tables()
  const made = Buffer.alloc(bytes - (bytes % PACKET_BYTES), 0xff)
  for (let at = 0, number = 0; at < made.length; at += PACKET_BYTES, number += 1) {
    const { pid, starts, payload } = packet(number)
    made.set([SYNC, (starts ? 0x40 : 0) | (pid >> 8), pid & 0xff, 0x10 | (number & 15), ...payload], at)
  }
  return Buffer.concat([tables, made])
}

const filled = (bytes: number, byteAt: (at: number) => number): Buffer => {
  const made = Buffer.alloc(bytes)
  for (let at = 0; at < bytes; at += 1) made[at] = byteAt(at)
  return made
}

export const TURN_MEDIA: readonly TurnMedia[] = [
  { name: 'a real stream', bytes: 16 * MEGABYTE, make: real },
  { name: 'sync bytes everywhere', bytes: 8 * MEGABYTE, make: (bytes) => Buffer.alloc(bytes, SYNC) },
  {
    name: 'four packets in step, never five',
    bytes: 8 * MEGABYTE,
    make: (bytes) => filled(bytes, (at) => (at % 188 === 0 && (at / 188) % 5 !== 4 ? SYNC : 0x11)),
  },
  {
    name: 'in step for 192 and for 204 by turns',
    bytes: 8 * MEGABYTE,
    make: (bytes) => filled(bytes, (at) => (at % 192 === 0 || at % 204 === 0 ? SYNC : 0x11)),
  },
  {
    name: 'a PAT in each packet',
    bytes: 8 * MEGABYTE,
    make: (bytes) => behindTables(bytes, () => ({ pid: 0, starts: true, payload: [0, 0, 0xb3, 0xfd] })),
  },
  {
    name: 'sections of no length',
    bytes: 8 * MEGABYTE,
    make: (bytes) => behindTables(bytes, () => ({ pid: 0, starts: true, payload: Array(184).fill(0) })),
  },
  {
    name: 'a frame in each packet',
    bytes: 8 * MEGABYTE,
    make: (bytes) => behindTables(bytes, () => ({ pid: 0x100, starts: true, payload: PES })),
  },
  {
    name: 'a frame that never ends, of start codes',
    bytes: 8 * MEGABYTE,
    make: (bytes) =>
      behindTables(bytes, (number) => ({
        pid: 0x100,
        starts: number === 0,
        payload: number === 0 ? PES : Array(60).fill([0, 0, 1]).flat(),
      })),
  },
  {
    name: 'every PID by turns, no unit ever ends',
    bytes: 8 * MEGABYTE,
    make: (bytes) => behindTables(bytes, (number) => ({ pid: number % 8_192, starts: true, payload: PES })),
  },
]
