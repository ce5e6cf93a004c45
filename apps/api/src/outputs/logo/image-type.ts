import { isHarmlessSvg } from './harmless-svg.ts'
import { type ImageSize, imageSize, type RasterType } from './image-size.ts'

export type ImageType = RasterType | 'image/svg+xml'

/** Players decode logos on weak hardware: small files may hold enormous images. */
const MAX_PIXELS = 16 * 1024 * 1024

/**
 * The type of an image by its bytes, not by its name or header. `undefined` for anything
 * that is not an image, that would do more than be shown, or that needs too much memory.
 */
export function imageType(bytes: Buffer): ImageType | undefined {
  const raster = rasterType(bytes)
  if (raster === undefined) return isHarmlessSvg(bytes) ? 'image/svg+xml' : undefined
  const size = imageSize(raster, bytes)
  return size !== undefined && isShowable(size) ? raster : undefined
}

function rasterType(bytes: Buffer): RasterType | undefined {
  const head = bytes.toString('latin1', 0, 32)
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png'
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg'
  if (/^GIF8[79]a/.test(head)) return 'image/gif'
  if (/^RIFF.{4}WEBP/s.test(head)) return 'image/webp'
  if (/^.{4}ftypavi[fs]/s.test(head)) return 'image/avif'
  return undefined
}

function isShowable({ width, height }: ImageSize): boolean {
  return width > 0 && height > 0 && width * height <= MAX_PIXELS
}
