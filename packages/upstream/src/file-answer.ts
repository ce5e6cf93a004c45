import type { IncomingHttpHeaders } from 'node:http'
import type { ContentKind } from './sniff-content.ts'

/** The usual extension of files of each kind. */
const FILE_EXTENSION: Partial<Record<ContentKind, string>> = { mp4: 'mp4', matroska: 'mkv', avi: 'avi', asf: 'wmv' }
const TYPES: Readonly<Record<string, string>> = {
  'video/mp4': 'mp4',
  'video/x-m4v': 'm4v',
  'video/quicktime': 'mov',
  'video/x-matroska': 'mkv',
  'video/webm': 'webm',
  'video/x-msvideo': 'avi',
  'video/x-ms-wmv': 'wmv',
}

/**
 * The extension that a VOD would have; `undefined` for anything but one. It is a container with an
 * index, by its first bytes, or by its type where those say nothing, and it has a length: live
 * streams have none.
 */
export function fileExtensionOf(headers: IncomingHttpHeaders, kind: ContentKind): string | undefined {
  if (!(Number(headers['content-length']) > 0)) return undefined
  const type = /^\s*([\w/.+-]+)/.exec(headers['content-type'] ?? '')?.[1]?.toLowerCase() ?? ''
  return FILE_EXTENSION[kind] ?? (kind === 'unknown' ? TYPES[type] : undefined)
}
