import { createCipheriv, createHash } from 'node:crypto'
import type { HlsFaults, HlsProviderOptions } from './hls-options.ts'

const keyNumberOf = (number: number, { encryption }: HlsProviderOptions): number =>
  Math.floor(number / (encryption?.segmentsPerKey ?? 1))

export const keyOf = (keyNumber: number): Buffer =>
  createHash('sha256').update(`key ${keyNumber}`).digest().subarray(0, 16)

export function masterPlaylist({ variants }: HlsProviderOptions): string {
  const entries = variants.map(({ bandwidth, height }, index) => {
    const resolution = height === undefined ? '' : `,RESOLUTION=${Math.round((height * 16) / 9)}x${height}`
    return `#EXT-X-STREAM-INF:BANDWIDTH=${bandwidth}${resolution}\nv${index}/index.m3u8`
  })
  return ['#EXTM3U', '#EXT-X-VERSION:4', ...entries, ''].join('\n')
}

/** The last segments up to `newest`. */
export function mediaPlaylist(
  options: HlsProviderOptions,
  about: { readonly variant: number; readonly newest: number; readonly faults: HlsFaults },
): string {
  const { segmentMs, windowSegments = 6, encryption, byteRanges, header } = options
  const { newest, faults } = about
  const shift = faults.sequenceShift ?? 0
  const first = Math.max(0, newest - windowSegments + 1)
  const variant = options.variants[about.variant]!
  const lines = [
    '#EXTM3U',
    `#EXT-X-TARGETDURATION:${Math.ceil(segmentMs / 1000)}`,
    `#EXT-X-MEDIA-SEQUENCE:${first + shift}`,
    ...(header === undefined ? [] : ['#EXT-X-MAP:URI="header.mp4"']),
  ]
  for (let number = first; number <= newest; number += 1) {
    if (variant.isDiscontinuous?.(number)) lines.push('#EXT-X-DISCONTINUITY')
    const isKeyDue =
      encryption?.iv === 'explicit' || number === first || number % (encryption?.segmentsPerKey ?? 1) === 0
    if (encryption && isKeyDue) lines.push(keyTag(number, options))
    if (byteRanges) {
      lines.push(`#EXT-X-BYTERANGE:${segmentBytes(options, about.variant, number).length}@${number * SLOT_BYTES}`)
    }
    lines.push(`#EXTINF:${(segmentMs / 1000).toFixed(3)},`, byteRanges ? 'all.ts' : `s${number}.ts`)
  }
  return [...lines, ...(faults.isEnded ? ['#EXT-X-ENDLIST'] : []), ''].join('\n')
}

const vectorOf = (number: number, isExplicit: boolean): Buffer => {
  const iv = Buffer.alloc(16)
  iv.writeUInt32BE(number + (isExplicit ? 77_000 : 0), 12)
  return iv
}

function keyTag(number: number, options: HlsProviderOptions): string {
  const isExplicit = options.encryption?.iv === 'explicit'
  const iv = isExplicit ? `,IV=0x${vectorOf(number, true).toString('hex')}` : ''
  return `#EXT-X-KEY:METHOD=AES-128,URI="../key${keyNumberOf(number, options)}.bin"${iv}`
}

/** As it goes over the wire. */
export function segmentBytes(options: HlsProviderOptions, variant: number, number: number): Buffer {
  const clear = options.variants[variant]!.segment(number)
  const { encryption } = options
  if (encryption === undefined) return clear
  const iv = vectorOf(number, encryption.iv === 'explicit')
  const cipher = createCipheriv('aes-128-cbc', keyOf(keyNumberOf(number, options)), iv)
  return Buffer.concat([cipher.update(clear), cipher.final()])
}

/** In the one resource of all segments each has so much room. */
export const SLOT_BYTES = 4 * 1024 * 1024
