import type { ParsedPlaylist } from './model.ts'
import { MAX_LINE } from './model.ts'
import { createMasterReader } from './parse-master.ts'
import { createMediaReader } from './parse-media.ts'

/**
 * Reads a playlist. Whether it is a master or a media playlist is told by its tags; unknown tags mean nothing.
 * Never throws, time is linear in the text, and what is kept is bounded. The caller bounds the text.
 */
export function parsePlaylist(text: string): ParsedPlaylist {
  const master = createMasterReader()
  const media = createMediaReader()
  let isFirst = true
  for (const line of linesOf(text)) {
    if (isFirst && !line.startsWith('#EXTM3U')) return { kind: 'no-playlist' }
    isFirst = false
    if (line.startsWith('#')) {
      if (!line.startsWith('#EXT')) continue
      const colon = line.indexOf(':')
      const tag = colon === -1 ? line : line.slice(0, colon)
      const value = colon === -1 ? '' : line.slice(colon + 1)
      master.tag(tag, value)
      media.tag(tag, value)
    } else {
      master.uri(line)
      media.uri(line)
    }
  }
  if (isFirst) return { kind: 'no-playlist' }
  if (media.isMedia) return media.finish()
  return master.finish()
}

/** Trimmed, without empty ones and without those that nobody would write. */
function* linesOf(text: string): Generator<string> {
  let start = text.startsWith('\ufeff') ? 1 : 0
  while (start < text.length) {
    const found = text.indexOf('\n', start)
    const end = found === -1 ? text.length : found
    if (end - start <= MAX_LINE) {
      const line = text.slice(start, end).trim()
      if (line !== '') yield line
    }
    start = end + 1
  }
}
