import type { MediaFormat } from '@kptv/contract'
import { codecName } from '../../parts/codec-names.ts'
import type { Formats } from '../../words/formats.ts'

/** `1280×720 · 50 fps · H.264 · AAC` */
export function describeFormat(media: MediaFormat, { whole, tenth }: Pick<Formats, 'whole' | 'tenth'>): string {
  const { width, height, framesPerSecond: rate, codecs } = media
  return [
    width === null || height === null ? '' : `${width}×${height}`,
    // 23.976 and 59.94 are not whole.
    rate === null ? '' : `${Math.abs(rate - Math.round(rate)) < 0.01 ? whole(Math.round(rate)) : tenth(rate)} fps`,
    ...(codecs?.split(',').map(codecName) ?? []),
  ]
    .filter((part) => part !== '')
    .join(' · ')
}
