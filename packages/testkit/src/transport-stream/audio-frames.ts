import { BitWriter } from './bit-writer.ts'

/** 1024 samples at 48 kHz in ticks of 90 kHz. */
export const AUDIO_FRAME_TICKS = 1920
export const AUDIO_STREAM_TYPE = 0x0f

/** What follows the free bytes in every frame: the END element and its padding. */
export const AUDIO_FRAME_TAIL = Buffer.from([0xe0])

/**
 * The head of one ADTS frame of silence (AAC-LC, mono, 48 kHz), up to the free bytes of a data
 * stream element, which decoders skip. After the free bytes comes {@link AUDIO_FRAME_TAIL}. ISO/IEC
 * 14496-3, 1.A.2.2 and 4.4.2.
 */
export function audioFrameHead(frameBytes: number): Buffer {
  // How many bytes are free depends on the length of the head, which depends on that number being
  // above 254.
  for (const isLong of [false, true]) {
    const head = Buffer.concat([adtsHeader(frameBytes), silence(0, isLong)])
    const freeBytes = frameBytes - head.length - AUDIO_FRAME_TAIL.length
    if (isLong === freeBytes >= 255) return Buffer.concat([adtsHeader(frameBytes), silence(freeBytes, isLong)])
  }
  throw new Error(`No audio frame of ${frameBytes} bytes can be made`)
}

function adtsHeader(frameBytes: number): Buffer {
  const bits = new BitWriter().u(12, 0xfff).u(1, 0).u(2, 0).u(1, 1)
  bits.u(2, 1).u(4, 3).u(1, 0).u(3, 1).u(4, 0)
  return bits.u(13, frameBytes).u(11, 0x7ff).u(2, 0).toBuffer()
}

function silence(freeBytes: number, isLong: boolean): Buffer {
  // single_channel_element: tag 0, global gain 0, long window, no scale factor band, no pulse, TNS,
  // gain control.
  const bits = new BitWriter().u(3, 0).u(4, 0).u(8, 0).u(11, 0).u(3, 0)
  // data_stream_element: tag 0, byte aligned, count and escaped count.
  bits
    .u(3, 4)
    .u(4, 0)
    .u(1, 1)
    .u(8, isLong ? 255 : freeBytes)
  if (isLong) bits.u(8, Math.max(0, freeBytes - 255))
  return bits.toBuffer()
}
