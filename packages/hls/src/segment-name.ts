import type { MediaSegment } from './model.ts'

/** The file's name: tokens stand in the query or in folders. With a byte range, that too. */
export function nameOf({ uri, byteRange }: Pick<MediaSegment, 'uri' | 'byteRange'>): string {
  const path = uri.replace(/[?#].*$/s, '')
  const name = path.slice(path.lastIndexOf('/') + 1)
  return byteRange === undefined ? name : `${name}@${byteRange.offset}`
}
