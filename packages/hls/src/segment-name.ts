import type { MediaSegment } from './model.ts'

/** The name of the file: tokens are in the query or in folders. It includes the byte range. */
export function nameOf({ uri, byteRange }: Pick<MediaSegment, 'uri' | 'byteRange'>): string {
  const path = uri.replace(/[?#].*$/s, '')
  const name = path.slice(path.lastIndexOf('/') + 1)
  return byteRange === undefined ? name : `${name}@${byteRange.offset}`
}
