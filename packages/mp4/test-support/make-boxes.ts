/** Boxes as packagers write them, with as much in them as is read. */
import { Buffer } from 'node:buffer'

export function box(type: string, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  const head = Buffer.alloc(8)
  head.writeUInt32BE(8 + content.length, 0)
  head.write(type, 4, 'latin1')
  return Buffer.concat([head, content])
}

/** Numbers of 32 bits. */
export function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4)
  return bytes
}

type MadeTrack = { readonly id: number; readonly handler: string; readonly timescale: number; readonly esds?: Buffer }

export function moov(...tracks: readonly MadeTrack[]): Buffer {
  const traks = tracks.map(({ id, handler, timescale, esds }) => {
    const mdhd = box('mdhd', words(0, 0, 0, timescale, 0, 0))
    const hdlr = box('hdlr', words(0, 0), Buffer.from(handler, 'latin1'), words(0, 0, 0))
    return box(
      'trak',
      box('tkhd', words(0, 0, 0, id, 0)),
      box('mdia', mdhd, hdlr, ...(esds ? [box('minf', esds)] : [])),
    )
  })
  return box('moov', box('mvhd', words(0)), ...traks)
}

type MadeRun = {
  readonly id: number
  readonly decodeTime: number
  readonly isSync?: boolean
  /** Of its samples; without them it has one that is as long as all are. */
  readonly durations?: readonly number[]
}

/** The flags of the first sample stand where ffmpeg writes them: apart, before the samples. */
export function moof(...runs: readonly MadeRun[]): Buffer {
  const trafs = runs.map(({ id, decodeTime, isSync = true, durations }) => {
    const time = Buffer.alloc(12)
    time.writeUInt32BE(0x0100_0000, 0)
    time.writeBigUInt64BE(BigInt(decodeTime), 4)
    const firstFlags = isSync ? 0x0200_0000 : 0x0101_0000
    const trun =
      durations === undefined
        ? words(0x205, 1, 0, firstFlags, 100)
        : words(0x305, durations.length, 0, firstFlags, ...durations.flatMap((duration) => [duration, 100]))
    return box('traf', box('tfhd', words(0x02_0038, id, 3_600, 100, 0x0101_0000)), box('tfdt', time), box('trun', trun))
  })
  return box('moof', box('mfhd', words(0, 1)), ...trafs)
}

export const FTYP = box('ftyp', Buffer.from('iso5', 'latin1'), words(512))
