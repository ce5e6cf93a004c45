/** What the header of a fragmented file (`moov`) says of its tracks. */
import { Buffer } from 'node:buffer'
import { eachBox, findBox } from './boxes.ts'

export type Track = {
  readonly id: number
  /** `vide`, `soun` or another handler (8.4.3). */
  readonly handler: string
  /** Units of its times in a second. */
  readonly timescale: number
}

/** @param moov its content */
export function readTracks(moov: Buffer): Track[] {
  const tracks: Track[] = []
  for (const { type, content } of eachBox(moov)) {
    if (type !== 'trak') continue
    const [tkhd, mdhd, hdlr] = [['tkhd'], ['mdia', 'mdhd'], ['mdia', 'hdlr']].map((path) => findBox(content, path))
    if (tkhd === undefined || mdhd === undefined || hdlr === undefined) continue
    // Version 1 has longer dates before what is read here.
    const [idAt, timescaleAt] = [tkhd[0] === 1 ? 20 : 12, mdhd[0] === 1 ? 20 : 12]
    if (tkhd.length < idAt + 4 || mdhd.length < timescaleAt + 4 || hdlr.length < 12) continue
    tracks.push({
      id: tkhd.readUInt32BE(idAt),
      handler: hdlr.toString('latin1', 8, 12),
      timescale: mdhd.readUInt32BE(timescaleAt),
    })
  }
  return tracks
}

const ESDS = Buffer.from('esds', 'latin1')
const ES_DESCRIPTOR = 3
const DECODER_CONFIG_DESCRIPTOR = 4
/** Within its descriptor, before them: object type, stream type, size of the buffer. */
const BIT_RATES_AT = 5

/**
 * The same header without the bit rates of its audio (ISO/IEC 14496-1, 7.2.6.6): ffmpeg measures
 * them in the first frames, so that they would be others whenever it starts, and nobody needs them.
 */
export function withoutBitRates(moov: Buffer): Buffer {
  const same = Buffer.from(moov)
  for (let at = same.indexOf(ESDS); at !== -1; at = same.indexOf(ESDS, at + 4)) {
    const stream = readDescriptor(same, at + 8)
    if (stream?.tag !== ES_DESCRIPTOR) continue
    const config = readDescriptor(same, stream.contentAt + 3)
    if (config?.tag !== DECODER_CONFIG_DESCRIPTOR || config.contentAt + BIT_RATES_AT + 8 > same.length) continue
    same.fill(0, config.contentAt + BIT_RATES_AT, config.contentAt + BIT_RATES_AT + 8)
  }
  return same
}

/** Its length takes up to four bytes, of seven bits each. */
function readDescriptor(bytes: Buffer, at: number): { readonly tag: number; readonly contentAt: number } | undefined {
  if (at + 5 >= bytes.length) return undefined
  let last = at + 1
  while (last < at + 4 && bytes[last]! >= 0x80) last += 1
  return { tag: bytes[at]!, contentAt: last + 1 }
}
